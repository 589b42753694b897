import type { SmtpWording } from './smtp-wording';
import {
  gmail,
  microsoft,
  postfix,
  exim,
  sendmail,
  plesk,
  cpanel,
  ses,
  sendgrid,
  mailgun,
  zoho,
} from './sources';

/** What servers say about who sends: its name, limits, login, sender address and IP address. */
export const accountWordings: readonly SmtpWording[] = [
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
      /(?:sending|send|outbound|outgoing|relay|hourly|daily|monthly|submission|messages? per (?:hour|day|minute|month)) ?(?:mail|message|e-?mail)?s? ?(?:rate ?)?(?:limit|quota)s?.{0,25}(?:exceed|reach|hit)|(?:exceeded|reached|over|hit).{0,40}(?:sending|send|outbound|outgoing|relay|hourly|daily|monthly|submission) ?(?:mail|message|e-?mail)?s? ?(?:rate ?)?(?:limit|quota)|mail send limit exceeded|too (?:many|much) (?:mails?|messages|e-?mails?)(?: (?:were )?(?:sent|from))|sent too many (?:mails?|messages|e-?mails?)|ratelimit(?:ed)? (?:for|exceeded)|sender rate limit|(?:message|send(?:ing)?) (?:rate|count) (?:limit )?exceeded|(?:quota|limit) (?:is )?(?:exceeded|reached) for (?:this |the )?(?:sender|sending domain)|sender address rejected: .{0,30}(?:rate|limit|quota).{0,20}(?:exceeded|reached)/i,
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
      /(?:domain|account|user).{0,80}(?:is )?not allowed to send|(?:sending )?domain is (?:disabled|suspended)|please activate your .{0,10}account|(?:plan|subscription|trial|licen[cs]e|your account) (?:has |is )?expired/i,
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

  {
    id: 'your-account-suspended',
    verdict: 'account_suspended',
    words:
      /your (?:e-?mail )?(?:account|mailbox|domain) (?:has been |is |was )?(?:temporarily )?(?:suspended|blocked|locked|disabled|frozen|banned)/i,
    source: `${zoho}, IONOS, GMX`,
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
      /sender (?:domain )?(?:is |was )?(?:rejected|denied|refused|not accepted|unknown|invalid|not (?:allowed|permitted|authorized))|domain of sender address .{0,60}does not (?:exist|resolve)|(?:invalid|unknown|unrecognized|bad) sender|sender.{0,20}domain not found|from address (?:is )?(?:not (?:allowed|accepted)|invalid|rejected)|envelope sender is in my badmailfrom/i,
    source: `${sendmail} (5.1.8), Cisco ESA (5.1.0), qmail`,
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
      /client host .{0,60}(?:blocked|rejected)|blocked using|(?:listed|block(?:ed)?) (?:at|by|in|on) .{0,60}(?:spamhaus|spamcop|barracuda|sorbs|rbl|dnsbl|blacklist|block ?list)|(?:banned|blocked) sending ip|your ip (?:address )?(?:is |has been )?(?:blocked|listed|blacklisted)|traffic not accepted from this ip|reverse dns|no ptr|ptr records? (?:is |are )?missing|missing ptr|spam blocked,? see|ip (?:address )?(?:is )?not in (?:the )?whitelist|cannot find your (?:reverse )?hostname|poor reputation|\[?ip\]? .{0,30}(?:blocked|blacklisted)/i,
    source: `${postfix}, ${microsoft} (5.7.606 to 5.7.649, 5.7.708), ${gmail} (5.7.25)`,
  },

  // Relaying: the account's trouble, unless others pass
  {
    id: 'relay-denied',
    verdict: 'relay_refused',
    words:
      /relay(?:ing)? (?:access )?(?:denied|not permitted|not allowed|prohibited|disallowed|is not|refused)|unable to relay|(?:we )?do(?:es)? not relay|mail relay denied|relay not permitted|not (?:permitted|allowed|authorized) to relay|administrative prohibition|not a relay|isn't in my list of allowed rcpthosts|invalid credentials for relay/i,
    stages: ['mail', 'rcpt', 'data'],
    source: `${postfix}, ${exim}, ${sendmail}, ${microsoft} (5.7.54, 5.7.64), ${gmail}, qmail`,
  },
];
