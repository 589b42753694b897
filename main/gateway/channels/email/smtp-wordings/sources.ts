/** Where the wordings were read: the pages of providers, and the sources of mail servers. */
export const gmail = 'https://support.google.com/a/answer/3726730';
export const microsoft =
  'https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online';
export const postfix = 'postfix 3.7: smtpd_check.c, smtpd.c';
export const exim = 'exim 4.96: receive.c, smtp_in.c, verify.c and Debian’s configuration';
export const sendmail = 'sendmail 8.17: cf/m4/proto.m4, srvrsmtp.c';
export const plesk =
  'https://docs.plesk.com/en-US/obsidian/administrator-guide/mail/antispam-tools/protection-from-outbound-spam.71349/';
export const cpanel =
  'https://docs.cpanel.net/knowledge-base/email/email-deliverability/ and cPanel’s exim.pl.local';
export const ses = 'https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html';
export const sendgrid =
  'https://www.twilio.com/docs/sendgrid/for-developers/sending-email/smtp-errors-and-troubleshooting';
export const mailgun = 'https://help.mailgun.com/hc/en-us/articles/203409344';
export const zoho = 'https://www.zoho.com/mail/help/smtp-error-codes.html';
