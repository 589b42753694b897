import type { SmtpStage } from './smtp-fault';
import type { SmtpVerdictCode } from './smtp-verdicts';

/** A wording by which a kind of server says what is wrong, whatever code it gives with it. */
export interface SmtpWording {
  /** unique; the tests have replies for each */
  readonly id: string;
  readonly verdict: SmtpVerdictCode;
  /** tried on the server's words in one line, without codes and without addresses */
  readonly words: RegExp;
  /** where it means this; absent: anywhere */
  readonly stages?: readonly SmtpStage[];
  readonly source: string;
}

const gmail = 'https://support.google.com/a/answer/3726730';
const microsoft =
  'https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online';
const postfix = 'postfix 3.7: smtpd_check.c, smtpd.c';
const exim = 'exim 4.96: receive.c, smtp_in.c, verify.c and Debian’s configuration';
const sendmail = 'sendmail 8.17: cf/m4/proto.m4, srvrsmtp.c';
const plesk =
  'https://docs.plesk.com/en-US/obsidian/administrator-guide/mail/antispam-tools/protection-from-outbound-spam.71349/';
const cpanel =
  'https://docs.cpanel.net/knowledge-base/email/email-deliverability/ and cPanel’s exim.pl.local';
const ses = 'https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html';
const sendgrid =
  'https://www.twilio.com/docs/sendgrid/for-developers/sending-email/smtp-errors-and-troubleshooting';
const mailgun = 'https://help.mailgun.com/hc/en-us/articles/203409344';
const zoho = 'https://www.zoho.com/mail/help/smtp-error-codes.html';

/**
 * Tried from the top, the first that fits wins: what sounds alike stands in the order that tells it apart.
 * A recipient whose mailbox is full or flooded also has a "limit", so those come first.
 */
export const smtpWordings: readonly SmtpWording[] = [
  // The recipient
  {
    id: 'gmail-mailbox-flooded',
    verdict: 'mailbox_flooded',
    words: /user you are trying to contact is receiving mail (?:too quickly|at a rate)/i,
    source: gmail,
  },
  {
    id: 'mailbox-over-quota',
    verdict: 'mailbox_full',
    words:
      /mailbox (?:is )?(?:full|over quota)|over ?quota|exceeded (?:its |his |their |the )?(?:storage|disk|mailbox) ?(?:quota|limit|allocation)|out of storage space|inbox is (?:out of storage|full)|quota exceeded \(mailbox|(?<!Submission)QuotaExceeded|user(?:'s)? quota|recipient.{0,20}quota|insufficient.{0,12}mailbox/i,
    stages: ['rcpt', 'data'],
    source: `${gmail}, ${microsoft}, Dovecot quota (552 5.2.2)`,
  },
  {
    id: 'microsoft-recipient-restricted',
    verdict: 'mailbox_restricted',
    words:
      /RESOLVER\.RST\.(?:NotAuthorized|AuthRequired|SendersRestriction|RestrictedToRecipientsPermission)|only accepts? (?:mail|messages) from (?:people in its organization|allowed senders|certain)|not authorized to send to (?:this|the) (?:recipient|group|list)/i,
    source: microsoft,
  },
  {
    id: 'microsoft-recipient-unknown',
    verdict: 'mailbox_unknown',
    words:
      /RESOLVER\.ADR\.(?:RecipNotFound|RecipientNotFound|ExRecipNotFound)|recipient not found(?: by smtp address lookup)?/i,
    source: microsoft,
  },
  {
    id: 'microsoft-directory-block',
    verdict: 'mailbox_unknown',
    words: /(?:all )?recipient address(?:es)? rejected ?: access denied/i,
    stages: ['rcpt', 'data'],
    source: `${microsoft} (5.4.1, directory-based edge blocking)`,
  },
  {
    id: 'postfix-recipient-unverified',
    verdict: 'mailbox_unknown',
    words: /recipient address rejected: (?:unverified address|undeliverable address|user unknown)/i,
    source: postfix,
  },
  {
    id: 'recipient-unknown',
    verdict: 'mailbox_unknown',
    words:
      /user unknown|unknown user|no such (?:user|mailbox|recipient|person)|(?:mailbox|address|account|user|recipient)(?: here|(?: that)? you tried to reach)? (?:does not|doesn't|did not) exist|mailbox (?:not found|unavailable: user)|unknown (?:recipient|mailbox|local part)|unrouteable address|invalid (?:recipient|mailbox)|not a (?:known|valid) (?:user|mailbox|recipient)|no mailbox here/i,
    stages: ['rcpt', 'data'],
    source: `${gmail}, ${postfix}, ${exim}, ${sendmail}`,
  },
  {
    id: 'recipient-domain-unknown',
    verdict: 'domain_unknown',
    words:
      /recipient address rejected: (?:domain not found|malformed dns)|host or domain name not found|no such domain|domain (?:does not|doesn't) (?:exist|accept mail)|null mx|all relevant mx records point to non-existent hosts|recipient.{0,20}domain not found/i,
    stages: ['rcpt', 'data'],
    source: `${postfix}, ${exim}, RFC 7505`,
  },
  {
    id: 'recipient-disabled',
    verdict: 'mailbox_disabled',
    words:
      /(?:mailbox|recipient|email account that you tried to reach|user|address) (?:is |has been )?(?:disabled|inactive|deactivated|locked by its owner)|account (?:is )?(?:disabled|inactive)(?=.*(?:recipient|reach|mailbox))/i,
    stages: ['rcpt', 'data'],
    source: gmail,
  },
  {
    id: 'greylisted',
    verdict: 'recipient_greylisted',
    words: /gr[ea]y-?list/i,
    stages: ['rcpt', 'data', 'mail'],
    source: 'RFC 6647; postgrey, rspamd, Exim’s greylistd',
  },

  // The name that the gateway introduces itself with
  {
    id: 'helo-rejected',
    verdict: 'ehlo_refused',
    words:
      /helo command rejected|(?:syntactically )?invalid (?:e?helo|ehlo|greeting)|helo\/?ehlo .{0,40}(?:invalid|reject|not)|(?:helo|ehlo).{0,40}(?:fully[- ]qualified|fqdn|hostname|not accepted|invalid|refused)|(?:domain|host) name required.{0,20}(?:helo|$)|need fully-qualified hostname/i,
    source: `${postfix}, ${exim}, ${sendmail} (5.5.4 Invalid domain name)`,
  },

  // Limits of the account
  {
    id: 'gmail-daily-limit',
    verdict: 'sending_limit',
    words:
      /daily (?:user sending|smtp relay|sending|message|mail|email) (?:limit|quota)|daily message quota/i,
    source: `${gmail} (5.4.5), ${ses}`,
  },
  {
    id: 'gmail-unusual-rate',
    verdict: 'sending_limit',
    words: /unusual(?:ly high)? rate of (?:unsolicited )?(?:mail|e-?mail)|unusual sending activity/i,
    source: `${gmail} (4.7.28), ${zoho} (5.4.6)`,
  },
  {
    id: 'microsoft-submission-quota',
    verdict: 'sending_limit',
    words:
      /submissionquotaexceeded|message submission rate for this client|sender thread limit exceeded|recipientratelimit|tenant (?:has )?exceeded threshold|exceeded the (?:tenant|recipient rate|message rate) (?:limit|external)/i,
    source: `${microsoft} (5.2.0, 4.3.2, 5.7.705)`,
  },
  {
    id: 'plesk-outgoing-limit',
    verdict: 'sending_limit',
    words:
      /limit on the number of allowed outgoing messages|outgoing (?:mail|message|e-?mail)s? (?:limit|quota).{0,20}(?:exceeded|reached)/i,
    source: plesk,
  },
  {
    id: 'cpanel-hourly-limit',
    verdict: 'sending_limit',
    words:
      /exceeded the max(?:imum)? (?:emails|defers and failures) per (?:hour|day)|max(?:imum)? emails per hour/i,
    source: cpanel,
  },
  {
    id: 'ses-throttled',
    verdict: 'sending_limit',
    words: /throttling failure|maximum sending rate exceeded|sending quota exceeded/i,
    source: ses,
  },
  {
    id: 'sendgrid-credits',
    verdict: 'sending_limit',
    words: /maximum credits exceeded|exceeded your (?:messaging|sending|message) limit/i,
    source: sendgrid,
  },
  {
    id: 'sending-limit',
    verdict: 'sending_limit',
    words:
      /(?:sending|send|outbound|outgoing|relay|hourly|daily|monthly|submission|messages? per (?:hour|day|minute|month)) ?(?:mail|message|e-?mail)?s? ?(?:rate ?)?(?:limit|quota)s?.{0,25}(?:exceed|reach|hit)|(?:exceeded|reached|over|hit).{0,40}(?:sending|send|outbound|outgoing|relay|hourly|daily|monthly|submission) ?(?:mail|message|e-?mail)?s? ?(?:rate ?)?(?:limit|quota)|mail send limit exceeded|too (?:many|much) (?:mails?|messages|e-?mails?)(?: (?:were )?(?:sent|from))|sent too many (?:mails?|messages|e-?mails?)|ratelimit(?:ed)? (?:for|exceeded)|sender rate limit|(?:message|send(?:ing)?) (?:rate|count) (?:limit )?exceeded/i,
    source: `${postfix} (anvil), ${exim} (ratelimit), ${mailgun}, IONOS, OVH`,
  },

  // An account that may not send any more
  {
    id: 'microsoft-outbound-spam',
    verdict: 'account_suspended',
    words:
      /bad outbound sender|access denied, (?:spam abuse detected|banned sender)|your message couldn't be delivered because you weren't recognized as a valid sender/i,
    source: `${microsoft} (5.1.8, 5.7.501 to 5.7.503)`,
  },
  {
    id: 'cpanel-suspended',
    verdict: 'account_suspended',
    words:
      /outgoing mail (?:suspension|from .{0,80}(?:has been|is) suspended)|has an outgoing mail suspension/i,
    source: cpanel,
  },
  {
    id: 'mailgun-domain-disabled',
    verdict: 'account_suspended',
    words:
      /(?:domain|account|user).{0,80}(?:is )?not allowed to send|(?:sending )?domain is (?:disabled|suspended)|please activate your .{0,10}account/i,
    source: mailgun,
  },
  {
    id: 'sending-suspended',
    verdict: 'account_suspended',
    words:
      /sending (?:has been )?(?:suspended|paused|disabled|blocked)|(?:account|user|sender|mailbox|domain) (?:has been |is |was )?(?:temporarily )?(?:suspended|blocked|locked|frozen|banned)|(?:blocked|suspended) from sending|outgoing (?:mail )?(?:has been |is )?(?:blocked|disabled)|sending privileges/i,
    stages: ['greeting', 'auth', 'mail', 'data', 'none'],
    source: `${ses}, ${zoho} (5.4.6), Postal`,
  },

  // Login
  {
    id: 'gmail-app-password',
    verdict: 'smtp_app_password',
    words:
      /application-specific password required|invalidsecondfactor|app(?:lication)? password (?:is )?required/i,
    source: `${gmail} (5.7.9)`,
  },
  {
    id: 'microsoft-smtp-auth-disabled',
    verdict: 'smtp_auth_disabled',
    words:
      /smtpclientauthentication is disabled|security defaults policy|basic authentication is disabled|smtp access (?:is )?disabled|imap\/smtp access/i,
    source: `${microsoft} (5.7.139), ${zoho}`,
  },
  {
    id: 'gmail-web-login',
    verdict: 'smtp_auth_disabled',
    words: /log in (?:with|via) your web browser/i,
    source: `${gmail} (5.7.14)`,
  },
  {
    id: 'login-required',
    verdict: 'smtp_auth_required',
    words:
      /authentication (?:is )?required|not authenticated to send|(?:must|please|need to) (?:authenticate|log ?in|issue a starttls)|unauthenticated senders not allowed|client was not authenticated|smtp auth(?:entication)? (?:is )?required|not logged in|user is not authenticated|must issue a starttls|anonymous mail/i,
    source: `${microsoft} (5.7.57), ${sendgrid}, ${ses}, ${postfix} (530 5.7.0)`,
  },
  {
    id: 'login-refused',
    verdict: 'smtp_auth_refused',
    words:
      /username and password not accepted|authentication (?:unsuccessful|failed|credentials invalid|failure)|invalid (?:credentials|login|user(?:name)? or password)|not loving your login|incorrect authentication data|bad (?:username|credentials)/i,
    source: `${gmail} (5.7.8), ${ses}, ${mailgun}, ${exim}`,
  },

  // The sender
  {
    id: 'microsoft-send-as',
    verdict: 'sender_refused',
    words:
      /sendasdenied|not allowed to send as|does not have permissions to send as|not (?:allowed|authorized|permitted) to (?:send|use) (?:as|from|this (?:from|sender))|relaying disallowed as/i,
    source: `${microsoft} (5.2.0, 5.7.60), ${zoho} (553)`,
  },
  {
    id: 'postfix-sender-rejected',
    verdict: 'sender_refused',
    words:
      /sender address rejected|sender address .{0,40}(?:not allowed|is not|does not|invalid|unverified)|not owned by user/i,
    source: postfix,
  },
  {
    id: 'sender-not-verified',
    verdict: 'sender_refused',
    words:
      /(?:from|sender|email) ?(?:address|identity)? (?:does not match a verified|is not verified|not verified|must be verified)|identities failed the check|sender verif(?:y|ication) failed|unverified sender/i,
    source: `${sendgrid}, ${ses}, ${exim}`,
  },
  {
    id: 'ses-not-authorized',
    verdict: 'sender_refused',
    words: /is not authorized to perform ses:/i,
    source: ses,
  },
  {
    id: 'sender-rejected',
    verdict: 'sender_refused',
    words:
      /sender (?:domain )?(?:is |was )?(?:rejected|denied|refused|not accepted|unknown|invalid|not (?:allowed|permitted|authorized))|domain of sender address .{0,60}does not (?:exist|resolve)|(?:invalid|unknown|unrecognized|bad) sender|sender.{0,20}domain not found|from address (?:is )?(?:not (?:allowed|accepted)|invalid|rejected)/i,
    source: `${sendmail} (5.1.8), Cisco ESA (5.1.0)`,
  },
  {
    id: 'sender-unauthenticated',
    verdict: 'sender_unauthenticated',
    words:
      /gmail requires all senders to authenticate|unauthenticated e?-?mail from|(?:spf|dkim|dmarc).{0,60}(?:fail|not pass|did not|reject|required|policy)|(?:fail|not pass|violat).{0,40}(?:spf|dkim|dmarc)|required authentication level/i,
    source: `${gmail} (5.7.26), ${microsoft} (5.7.509, 5.7.515)`,
  },

  // The machine's address
  {
    id: 'address-listed',
    verdict: 'address_blocked',
    words:
      /client host .{0,60}(?:blocked|rejected)|blocked using|(?:listed|block(?:ed)?) (?:at|by|in|on) .{0,60}(?:spamhaus|spamcop|barracuda|sorbs|rbl|dnsbl|blacklist|block ?list)|(?:banned|blocked) sending ip|your ip (?:address )?(?:is |has been )?(?:blocked|listed|blacklisted)|traffic not accepted from this ip|reverse dns|no ptr|cannot find your (?:reverse )?hostname|poor reputation|\[?ip\]? .{0,30}(?:blocked|blacklisted)/i,
    source: `${postfix}, ${microsoft} (5.7.606 to 5.7.649, 5.7.708), ${gmail} (5.7.25)`,
  },

  // Relaying: the account's trouble, unless others pass
  {
    id: 'relay-denied',
    verdict: 'relay_refused',
    words:
      /relay(?:ing)? (?:access )?(?:denied|not permitted|not allowed|prohibited|disallowed|is not|refused)|unable to relay|(?:we )?do(?:es)? not relay|mail relay denied|relay not permitted|not (?:permitted|allowed|authorized) to relay|administrative prohibition|not a relay|invalid credentials for relay/i,
    stages: ['mail', 'rcpt', 'data'],
    source: `${postfix}, ${exim}, ${sendmail}, ${microsoft} (5.7.54, 5.7.64), ${gmail}`,
  },

  // The message
  {
    id: 'too-many-recipients',
    verdict: 'too_many_recipients',
    words: /too many recipients/i,
    source: `${gmail} (4.5.3), ${postfix}, ${sendgrid}`,
  },
  {
    id: 'message-size',
    verdict: 'message_too_large',
    words:
      /message (?:size|file) (?:is )?(?:too (?:large|big)|exceeds|larger)|message (?:is )?too (?:large|big)|exceeds? (?:fixed |the )?(?:maximum )?(?:message )?size (?:limit)?|maximum (?:message )?size|size limit exceeded/i,
    source: `${postfix} (5.3.4), ${exim}, ${gmail} (5.3.4)`,
  },
  {
    id: 'message-infected',
    verdict: 'message_infected',
    words:
      /virus|malware|infected|(?:attachment|file type|content).{0,40}(?:not allowed|blocked|banned|security issue)|executable/i,
    stages: ['data'],
    source: `${gmail} (5.7.0 security issue), ClamAV, Exchange`,
  },
  {
    id: 'message-spam',
    verdict: 'message_looks_like_spam',
    words:
      /\bspam\b|\bubem?\b|unsolicited|mailpolicy violation|looks like|policy reasons|content rejected|bulk/i,
    stages: ['data'],
    source: `${gmail} (5.7.1), ${zoho} (5.2.3), Yahoo (5.7.9), rspamd`,
  },

  // The server
  {
    id: 'server-busy',
    verdict: 'server_busy',
    words:
      /insufficient (?:system|disk) (?:storage|space|resources)|(?:queue file|disk) (?:write error|full)|temporary (?:system problem|server error|local problem)|server (?:configuration (?:problem|error)|busy)|space shortage|local error in processing|too many (?:concurrent )?(?:smtp )?connections|connection rate limit|resources? (?:temporarily )?unavailable/i,
    source: `${postfix} (4.3.0, 4.3.1, 4.3.5), ${exim}, ${sendmail}, ${microsoft} (4.7.500)`,
  },
];
