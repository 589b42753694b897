import { describe, expect, it } from 'vitest';
import { explainSmtpError } from '../../../main/gateway/channels/email/smtp-errors';
import { smtpWordings } from '../../../main/gateway/channels/email/smtp-wordings/smtp-wordings';

type Stage = 'CONN' | 'EHLO' | 'AUTH PLAIN' | 'MAIL FROM' | 'RCPT TO' | 'DATA';

const attempt = {
  host: 'mail.example',
  port: 587,
  recipient: 'client@example.com',
  sender: 'bills@acme.example',
  username: 'bills@acme.example',
  password: 'geheim',
  ehloName: 'acme.example',
};

const codes: Readonly<Record<Stage, string>> = {
  CONN: 'EPROTOCOL',
  EHLO: 'EPROTOCOL',
  'AUTH PLAIN': 'EAUTH',
  'MAIL FROM': 'EENVELOPE',
  'RCPT TO': 'EENVELOPE',
  DATA: 'EMESSAGE',
};

/** What nodemailer throws for a reply at a stage. */
function refusal(command: Stage, response: string) {
  return { code: codes[command], command, response, responseCode: Number(response.slice(0, 3)) };
}

const explain = (stage: Stage, response: string, othersPass = false) =>
  explainSmtpError(refusal(stage, response), attempt, othersPass);

/** Real replies by the row of the table that they must be found by. */
const replies: Readonly<Record<string, readonly (readonly [Stage, string, code: string])[]>> = {
  'gmail-mailbox-flooded': [
    [
      'RCPT TO',
      '450-4.2.1 The user you are trying to contact is receiving mail too quickly.\r\n450-4.2.1 Please resend your message at a later time.',
      'recipient_deferred',
    ],
    [
      'RCPT TO',
      '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.',
      'mailbox_flooded',
    ],
    [
      'DATA',
      '450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents',
      'message_deferred',
    ],
  ],
  'mailbox-over-quota': [
    [
      'RCPT TO',
      '552 5.2.2 <client@example.com>: Recipient address rejected: Mailbox is full',
      'mailbox_full',
    ],
    ['RCPT TO', "552-5.2.2 The recipient's inbox is out of storage space.", 'mailbox_full'],
    ['DATA', '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException', 'mailbox_full'],
    ['RCPT TO', '452 4.2.2 The email account that you tried to reach is over quota.', 'recipient_deferred'],
  ],
  'microsoft-recipient-restricted': [
    ['RCPT TO', '550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized', 'mailbox_restricted'],
    [
      'DATA',
      '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; RESOLVER.RST.AuthRequired',
      'mailbox_restricted',
    ],
    [
      'RCPT TO',
      '550 5.7.124 The group only accepts messages from people in its organization',
      'mailbox_restricted',
    ],
  ],
  'your-account-suspended': [
    ['RCPT TO', '550 Your account has been locked due to suspicious activity', 'account_suspended'],
    ['MAIL FROM', '550 5.7.1 Your mailbox is temporarily blocked', 'account_suspended'],
    ['DATA', '554 Your domain was suspended', 'account_suspended'],
  ],
  'microsoft-recipient-unknown': [
    [
      'DATA',
      '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
      'mailbox_unknown',
    ],
    ['DATA', '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found', 'mailbox_unknown'],
    ['RCPT TO', '550 5.1.10 Recipient not found', 'mailbox_unknown'],
  ],
  'microsoft-directory-block': [
    ['RCPT TO', '550 5.4.1 Recipient address rejected: Access denied. AS(201806281)', 'mailbox_unknown'],
    [
      'RCPT TO',
      '550 5.4.1 [client@example.com]: Recipient address rejected: Access denied',
      'mailbox_unknown',
    ],
    ['DATA', '550 5.4.1 All recipient addresses rejected : Access denied', 'mailbox_unknown'],
  ],
  'postfix-recipient-unverified': [
    [
      'RCPT TO',
      '550 5.1.1 <client@example.com>: Recipient address rejected: User unknown in virtual mailbox table',
      'mailbox_unknown',
    ],
    [
      'RCPT TO',
      '550 5.1.0 <client@example.com>: Recipient address rejected: undeliverable address: host said',
      'mailbox_unknown',
    ],
    [
      'RCPT TO',
      '450 4.1.1 <client@example.com>: Recipient address rejected: unverified address: timed out',
      'recipient_deferred',
    ],
  ],
  'recipient-unknown': [
    ['RCPT TO', '550-5.1.1 The email account that you tried to reach does not exist.', 'mailbox_unknown'],
    ['RCPT TO', '550 Unrouteable address', 'mailbox_unknown'],
    ['RCPT TO', '550 No such user here', 'mailbox_unknown'],
    ['RCPT TO', '550 5.1.1 <limit.exceeded@example.com>... User unknown', 'mailbox_unknown'],
  ],
  'recipient-domain-unknown': [
    [
      'RCPT TO',
      '550 5.1.2 <client@example.com>: Recipient address rejected: Domain not found',
      'domain_unknown',
    ],
    ['RCPT TO', '550 all relevant MX records point to non-existent hosts', 'domain_unknown'],
    ['RCPT TO', '556 5.1.10 recipient address has a null MX', 'domain_unknown'],
  ],
  'recipient-disabled': [
    ['RCPT TO', '550 5.2.1 The email account that you tried to reach is disabled.', 'mailbox_disabled'],
    ['RCPT TO', '550 Mailbox disabled for this recipient', 'mailbox_disabled'],
    ['RCPT TO', '554 5.7.1 recipient is inactive', 'mailbox_disabled'],
  ],
  greylisted: [
    [
      'RCPT TO',
      '450 4.2.0 <client@example.com>: Recipient address rejected: Greylisted, see http://postgrey',
      'recipient_deferred',
    ],
    ['RCPT TO', '451 4.7.1 Greylisting in action, please come back later', 'recipient_deferred'],
    ['DATA', '451 4.7.1 Greylisted for 300 seconds', 'message_deferred'],
  ],
  'helo-rejected': [
    [
      'RCPT TO',
      '504 5.5.2 <[127.0.0.1]>: Helo command rejected: need fully-qualified hostname',
      'ehlo_refused',
    ],
    ['EHLO', '501 Syntactically invalid HELO argument(s)', 'ehlo_refused'],
    ['EHLO', '550 5.7.1 Invalid EHLO name', 'ehlo_refused'],
    ['EHLO', '501 5.0.0 Domain name required for HELO', 'ehlo_refused'],
  ],
  'gmail-daily-limit': [
    [
      'DATA',
      '550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to',
      'sending_limit',
    ],
    ['RCPT TO', '550-5.4.5 Daily SMTP relay limit exceeded for customer.', 'sending_limit'],
    ['DATA', '454 Throttling failure: Daily message quota exceeded.', 'sending_limit'],
  ],
  'gmail-unusual-rate': [
    [
      'DATA',
      '421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address',
      'sending_limit',
    ],
    ['DATA', '550 5.7.28 unusual rate of mail', 'sending_limit'],
    ['DATA', '550 5.4.6 Unusual sending activity detected. Please try after sometime', 'sending_limit'],
  ],
  'microsoft-submission-quota': [
    [
      'DATA',
      '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message',
      'sending_limit',
    ],
    ['MAIL FROM', '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded', 'sending_limit'],
    ['DATA', '550 5.7.705 Access denied, tenant has exceeded threshold', 'sending_limit'],
  ],
  'plesk-outgoing-limit': [
    [
      'DATA',
      '554 5.7.0 Your message could not be sent. The limit on the number of allowed outgoing messages was exceeded. Try again later.',
      'sending_limit',
    ],
    [
      'MAIL FROM',
      '550 5.7.0 The limit on the number of allowed outgoing messages was exceeded',
      'sending_limit',
    ],
    ['RCPT TO', '450 outgoing mail limit exceeded', 'sending_limit'],
  ],
  'cpanel-hourly-limit': [
    [
      'DATA',
      '550 Domain acme.example has exceeded the max emails per hour (125/100 (125%)) allowed. Message discarded.',
      'sending_limit',
    ],
    [
      'RCPT TO',
      '451 Domain acme.example has exceeded the max emails per hour (105/100) allowed. Message will be reattempted later',
      'sending_limit',
    ],
    [
      'DATA',
      '550 Domain acme.example has exceeded the max defers and failures per hour (5/5 (100%)) allowed.',
      'sending_limit',
    ],
  ],
  'ses-throttled': [
    ['DATA', '454 Throttling failure: Maximum sending rate exceeded.', 'sending_limit'],
    ['MAIL FROM', '454 Throttling failure', 'sending_limit'],
    ['DATA', '554 Sending quota exceeded', 'sending_limit'],
  ],
  'sendgrid-credits': [
    ['AUTH PLAIN', '451 Authentication failed: Maximum credits exceeded', 'sending_limit'],
    ['DATA', '451 You have exceeded your messaging limits', 'sending_limit'],
    ['DATA', '550 Maximum credits exceeded', 'sending_limit'],
  ],
  'sending-limit': [
    ['DATA', '450 Requested mail action not taken: Mail send limit exceeded', 'sending_limit'],
    ['RCPT TO', '450 4.7.1 Error: too much mail from 127.0.0.1', 'sending_limit'],
    ['MAIL FROM', '550 5.7.1 Hourly sending limit reached', 'sending_limit'],
    ['RCPT TO', '550 You have reached your daily relay quota', 'sending_limit'],
  ],
  'microsoft-outbound-spam': [
    ['RCPT TO', '550 5.1.8 Access denied, bad outbound sender AS(42004)', 'account_suspended'],
    ['MAIL FROM', '550 5.7.501 Access denied, spam abuse detected', 'account_suspended'],
    ['DATA', '550 5.7.503 Access denied, banned sender', 'account_suspended'],
  ],
  'cpanel-suspended': [
    ['DATA', '550 bills has an outgoing mail suspension. Message discarded.', 'account_suspended'],
    ['RCPT TO', '550 Sender has an outgoing mail suspension', 'account_suspended'],
    ['RCPT TO', '550 Outgoing mail from "bills" has been suspended.', 'account_suspended'],
  ],
  'mailgun-domain-disabled': [
    [
      'RCPT TO',
      '421 Domain acme.example is not allowed to send: Please activate your Mailgun account',
      'account_suspended',
    ],
    ['DATA', '550 5.7.1 Sending domain is disabled', 'account_suspended'],
    ['MAIL FROM', '553 account 7 is not allowed to send', 'account_suspended'],
  ],
  'sending-suspended': [
    ['DATA', '554 5.7.1 Sending suspended', 'account_suspended'],
    ['DATA', '554 Message rejected: Sending paused for this account.', 'account_suspended'],
    ['MAIL FROM', '550 5.7.1 Your account has been temporarily blocked', 'account_suspended'],
  ],
  'gmail-app-password': [
    [
      'AUTH PLAIN',
      '534-5.7.9 Application-specific password required. For more information, go to',
      'smtp_app_password',
    ],
    ['AUTH PLAIN', '534 5.7.9 Please log in with your web browser: InvalidSecondFactor', 'smtp_app_password'],
    ['AUTH PLAIN', '535 5.7.8 App password is required', 'smtp_app_password'],
  ],
  'microsoft-smtp-auth-disabled': [
    [
      'AUTH PLAIN',
      '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.',
      'smtp_auth_disabled',
    ],
    [
      'AUTH PLAIN',
      '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect by security defaults policy',
      'smtp_auth_disabled',
    ],
    [
      'AUTH PLAIN',
      '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.',
      'smtp_auth_disabled',
    ],
  ],
  'gmail-web-login': [
    ['AUTH PLAIN', '534-5.7.14 Please log in via your web browser and then try again.', 'smtp_auth_disabled'],
    ['AUTH PLAIN', '534 5.7.14 Log in with your web browser', 'smtp_auth_disabled'],
    ['AUTH PLAIN', '535 5.7.14 log in via your web browser', 'smtp_auth_disabled'],
  ],
  'login-required': [
    ['RCPT TO', '550 5.7.1 Authentication required', 'smtp_auth_required'],
    [
      'MAIL FROM',
      '530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM',
      'smtp_auth_required',
    ],
    ['MAIL FROM', '530 5.7.0 Must issue a STARTTLS command first', 'smtp_auth_required'],
    ['MAIL FROM', '550 Unauthenticated senders not allowed', 'smtp_auth_required'],
  ],
  'login-refused': [
    ['AUTH PLAIN', '535-5.7.8 Username and Password not accepted.', 'smtp_auth_refused'],
    ['AUTH PLAIN', '535 5.7.0 Mailgun is not loving your login or password', 'smtp_auth_refused'],
    ['AUTH PLAIN', '535 Incorrect authentication data', 'smtp_auth_refused'],
  ],
  'microsoft-send-as': [
    [
      'DATA',
      '554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; not allowed to send as',
      'sender_refused',
    ],
    ['DATA', '550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'sender_refused'],
    ['RCPT TO', '553 Relaying disallowed as bills@acme.example', 'sender_refused'],
  ],
  'postfix-sender-rejected': [
    [
      'RCPT TO',
      '553 5.7.1 <bills@acme.example>: Sender address rejected: not owned by user robot',
      'sender_refused',
    ],
    [
      'MAIL FROM',
      '450 4.1.8 <bills@acme.example>: Sender address rejected: Domain not found',
      'sender_refused',
    ],
    ['RCPT TO', '550 5.7.1 <bills@acme.example>: Sender address rejected: Access denied', 'sender_refused'],
  ],
  'sender-not-verified': [
    ['DATA', '550 The from address does not match a verified Sender Identity.', 'sender_refused'],
    [
      'DATA',
      '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1',
      'sender_refused',
    ],
    ['RCPT TO', '550 Sender verify failed', 'sender_refused'],
  ],
  'ses-not-authorized': [
    [
      'DATA',
      '554 Access denied: User `arn:aws:iam::1:user/x` is not authorized to perform `ses:SendRawEmail`'.replaceAll(
        '`',
        '',
      ),
      'sender_refused',
    ],
    ['DATA', '554 User is not authorized to perform ses:SendEmail', 'sender_refused'],
    ['MAIL FROM', '550 x is not authorized to perform ses:SendRawEmail on resource', 'sender_refused'],
  ],
  'sender-rejected': [
    ['RCPT TO', '550 5.1.0 sender rejected', 'sender_refused'],
    ['RCPT TO', '553 5.1.8 Domain of sender address bills@acme.example does not exist', 'sender_refused'],
    ['MAIL FROM', '550 #5.1.0 Sender denied', 'sender_refused'],
  ],
  'sender-unauthenticated': [
    [
      'DATA',
      '550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate',
      'sender_unauthenticated',
    ],
    [
      'DATA',
      '550 5.7.509 Access denied, sending domain acme.example does not pass DMARC verification; DMARC policy of reject',
      'sender_unauthenticated',
    ],
    ['RCPT TO', '550 5.7.23 SPF validation failed', 'sender_unauthenticated'],
  ],
  'address-listed': [
    [
      'RCPT TO',
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
      'address_blocked',
    ],
    ['RCPT TO', '550 5.7.606 Access denied, banned sending IP [192.0.2.1]', 'address_blocked'],
    ['CONN', '554 5.7.1 Your IP is blocked', 'address_blocked'],
  ],
  'relay-denied': [
    ['RCPT TO', '554 5.7.1 <client@example.com>: Relay access denied', 'relay_refused'],
    ['RCPT TO', '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain', 'relay_refused'],
    ['RCPT TO', '550 relay not permitted', 'relay_refused'],
    ['RCPT TO', '550 5.7.1 <client@example.com>... Relaying denied', 'relay_refused'],
    ['RCPT TO', '454 4.7.1 <client@example.com>: Relay access denied', 'relay_refused'],
  ],
  'too-many-recipients': [
    ['RCPT TO', '452 4.5.3 Error: too many recipients', 'recipient_deferred'],
    ['RCPT TO', '550 5.5.3 Too many recipients', 'too_many_recipients'],
    ['DATA', '554 Your message has too many recipients', 'too_many_recipients'],
  ],
  'message-size': [
    ['MAIL FROM', '552 5.3.4 Message size exceeds fixed limit', 'message_too_large'],
    ['DATA', '552 Message size exceeds maximum permitted', 'message_too_large'],
    ['DATA', '550 5.2.3 Message too large', 'message_too_large'],
  ],
  'message-infected': [
    [
      'DATA',
      '552-5.7.0 This message was blocked because its content presents a potential security issue',
      'message_infected',
    ],
    ['DATA', '554 5.7.1 virus Eicar-Test-Signature detected by ClamAV', 'message_infected'],
    ['DATA', '550 Attachment type not allowed', 'message_infected'],
  ],
  'message-spam': [
    ['DATA', '554 5.7.1 Spam message rejected', 'message_refused'],
    ['DATA', '554 5.7.9 Message not accepted for policy reasons', 'message_refused'],
    ['DATA', '554 5.2.3 MailPolicy violation Error delivering to mailboxes', 'message_refused'],
  ],
  'server-busy': [
    ['MAIL FROM', '452 4.3.1 Insufficient system storage', 'server_busy'],
    ['MAIL FROM', '451 4.3.0 Error: queue file write error', 'server_busy'],
    ['RCPT TO', '451 4.3.5 Server configuration problem', 'server_busy'],
  ],
};

const accounts = new Set([
  'sending_limit',
  'account_suspended',
  'relay_refused',
  'smtp_auth_required',
  'smtp_auth_refused',
  'smtp_app_password',
  'smtp_auth_disabled',
  'address_blocked',
  'ehlo_refused',
  'sender_refused',
  'sender_unauthenticated',
]);

it('has three real replies for each wording, and each wording once', () => {
  expect(Object.keys(replies).toSorted()).toEqual(smtpWordings.map(({ id }) => id).toSorted());
  for (const [id, list] of Object.entries(replies)) expect(list.length, id).toBeGreaterThanOrEqual(3);
  for (const { source } of smtpWordings) expect(source).not.toBe('');
});

describe.each(Object.entries(replies))('%s', (id, list) => {
  it.each(list)('at %s: %s → %s', (stage, response, code) => {
    const error = explain(stage, response);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^[A-Z].*\.$/);
    expect(error.detail.response).toBe(response.replace('\r', ' '));
    const isAccounts = accounts.has(code);
    expect(error.detail.holdsLane === true).toBe(isAccounts);
    if (isAccounts) expect(error.kind).toBe('unavailable');
    else if (code !== 'server_busy')
      expect(error.kind).toBe(response.startsWith('4') ? 'temporary' : 'permanent');
    expect(smtpWordings.find((wording) => wording.id === id)?.words.test(response)).toBe(true);
  });
});

describe('further wordings of the same kinds', () => {
  it.each<[Stage, string, string]>([
    [
      'RCPT TO',
      '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required',
      'mailbox_restricted',
    ],
    [
      'RCPT TO',
      '550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required',
      'mailbox_restricted',
    ],
    ['RCPT TO', "554 delivery error: dd This user doesn't have a yahoo.com account", 'mailbox_unknown'],
    ['RCPT TO', '550 5.7.1 Sorry, quota exceeded for sender today', 'sending_limit'],
    [
      'RCPT TO',
      '450 4.7.1 <bills@acme.example>: Sender address rejected: Rate limit exceeded',
      'sending_limit',
    ],
    ['AUTH PLAIN', '550 Your plan has expired, please upgrade', 'account_suspended'],
    ['RCPT TO', '553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)', 'sender_refused'],
    ['RCPT TO', "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", 'relay_refused'],
    ['RCPT TO', '550 5.7.1 [192.0.2.1] Messages with PTR records missing', 'address_blocked'],
    ['RCPT TO', '553 5.3.0 <client@example.com>... Spam blocked see http://spamcop.net', 'address_blocked'],
    // Their neighbours, which are about the recipient or the message.
    ['RCPT TO', '552 Quota exceeded for user client@example.com', 'mailbox_full'],
    ['RCPT TO', '550 5.2.1 account expired', 'mailbox_disabled'],
    ['DATA', '554 Message blocked, see https://example.com/policy', 'message_refused'],
    ['CONN', '421 4.7.0 IP not in whitelist for RCPT domain, closing connection.', 'address_blocked'],
  ])('at %s: %s → %s', (stage, response, code) => {
    expect(explain(stage, response).code).toBe(code);
  });
});

describe('enhanced codes without words', () => {
  it.each<[Stage, string, string, string]>([
    ['RCPT TO', '501 5.1.7 no', 'unavailable', 'sender_refused'],
    ['RCPT TO', '550 5.1.8 no', 'unavailable', 'sender_refused'],
    ['DATA', '550 5.1.8 no', 'unavailable', 'sender_refused'],
    ['RCPT TO', '550 5.1.1 no', 'permanent', 'mailbox_unknown'],
    ['RCPT TO', '550 5.1.6 no', 'permanent', 'mailbox_unknown'],
    ['RCPT TO', '550 5.2.1 no', 'permanent', 'mailbox_disabled'],
    ['RCPT TO', '552 5.2.2 no', 'permanent', 'mailbox_full'],
    ['DATA', '550 5.3.4 no', 'permanent', 'message_too_large'],
    ['DATA', '550 5.4.5 no', 'unavailable', 'sending_limit'],
    ['DATA', '550 5.7.25 no', 'unavailable', 'address_blocked'],
    ['DATA', '550 5.7.26 no', 'unavailable', 'sender_unauthenticated'],
    ['MAIL FROM', '550 5.7.750 no', 'unavailable', 'account_suspended'],
    ['RCPT TO', '550 5.7.1 no', 'permanent', 'recipient_refused'],
    ['DATA', '550 5.7.1 no', 'permanent', 'message_refused'],
    ['MAIL FROM', '550 5.7.1 no', 'unavailable', 'sender_refused'],
    ['RCPT TO', '553 5.6.7 no', 'permanent', 'address_not_supported'],
    ['RCPT TO', '550 #5.1.7 in another place', 'unavailable', 'sender_refused'],
    ['RCPT TO', '550-5.4.5 first line\r\n550 second', 'unavailable', 'sending_limit'],
  ])('at %s: %s → %s, %s', (stage, response, kind, code) => {
    expect(explain(stage, response)).toMatchObject({ kind, code });
  });
});

describe('a refusal to relay', () => {
  it.each([
    ['554 5.7.1 Relay access denied', 'permanent'],
    ['550 5.7.1 Unable to relay', 'permanent'],
    ['454 4.7.1 Relay access denied', 'temporary'],
  ])('%s is the recipient’s once others pass: %s', (response, kind) => {
    expect(explain('RCPT TO', response)).toMatchObject({ kind: 'unavailable', code: 'relay_refused' });
    const error = explain('RCPT TO', response, true);
    expect(error.kind).toBe(kind);
    expect(error.detail.holdsLane).toBeUndefined();
    expect(error.message).toContain('client@example.com');
  });
});

it.each(['450 4.7.1 Try later, geheim', '451 nothing known', '450 <a@b.example> come back'])(
  'repeats what the server said where it is not known: %s',
  (response) => {
    const error = explain('RCPT TO', response);
    expect(error).toMatchObject({ kind: 'temporary', code: 'recipient_deferred' });
    expect(error.message).toContain('asks to try again later. It said: “');
    expect(error.message).not.toContain('geheim');
  },
);

it.each(['over.quota@example.com', 'spam-blocked@example.com', 'relay.denied@example.com'])(
  'takes nothing from an address for the server’s words: %s',
  (address) => {
    expect(explain('RCPT TO', `550 5.1.1 <${address}> no`).code).toBe('mailbox_unknown');
    expect(explain('RCPT TO', `550 ${address} no`).code).toBe('recipient_refused');
  },
);
