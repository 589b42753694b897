import type { SmtpStage } from './smtp-fault';
import type { SmtpVerdictCode } from './smtp-verdicts';

/** What an enhanced status code means, where the server's words said nothing clearer. */
export interface SmtpStatusCode {
  /** without the class: `1.7` stands for 4.1.7 and 5.1.7; `x` for any last digit */
  readonly code: string;
  readonly verdict: SmtpVerdictCode;
  readonly stages?: readonly SmtpStage[];
  readonly source: string;
}

const rfc3463 = 'RFC 3463';
const microsoft = 'Exchange Online';

/** The first that fits wins. Classes (4 or 5) say whether it is for now. */
export const smtpStatusCodes: readonly SmtpStatusCode[] = [
  { code: '1.7', verdict: 'sender_refused', source: `${rfc3463}: bad sender's mailbox address syntax` },
  { code: '1.8', verdict: 'sender_refused', source: `${rfc3463}: bad sender's system address` },
  {
    code: '1.2',
    verdict: 'domain_unknown',
    stages: ['rcpt', 'data'],
    source: `${rfc3463}: bad destination system`,
  },
  { code: '1.10', verdict: 'mailbox_unknown', stages: ['rcpt', 'data'], source: 'RFC 7505; Exchange Online' },
  {
    code: '1.x',
    verdict: 'mailbox_unknown',
    stages: ['rcpt', 'data'],
    source: `${rfc3463}: addressing status`,
  },
  {
    code: '2.1',
    verdict: 'mailbox_disabled',
    stages: ['rcpt', 'data'],
    source: `${rfc3463}: mailbox disabled`,
  },
  { code: '2.2', verdict: 'mailbox_full', stages: ['rcpt', 'data'], source: `${rfc3463}: mailbox full` },
  {
    code: '2.3',
    verdict: 'message_too_large',
    source: `${rfc3463}: message length exceeds administrative limit`,
  },
  { code: '3.1', verdict: 'server_busy', source: `${rfc3463}: mail system full` },
  { code: '3.2', verdict: 'server_busy', source: `${rfc3463}: system not accepting messages` },
  { code: '3.4', verdict: 'message_too_large', source: `${rfc3463}: message too big for system` },
  { code: '3.5', verdict: 'server_busy', source: `${rfc3463}: system incorrectly configured` },
  { code: '4.4', verdict: 'domain_unknown', stages: ['rcpt'], source: `${rfc3463}: unable to route` },
  { code: '4.5', verdict: 'sending_limit', source: `${rfc3463}: mail system congestion; Gmail's limits` },
  { code: '5.3', verdict: 'too_many_recipients', source: `${rfc3463}: too many recipients` },
  { code: '6.7', verdict: 'address_not_supported', source: 'RFC 6531: non-ASCII addresses not permitted' },
  {
    code: '6.9',
    verdict: 'address_not_supported',
    source: 'RFC 6531: UTF-8 header message cannot be transferred',
  },
  {
    code: '7.2',
    verdict: 'mailbox_restricted',
    stages: ['rcpt', 'data'],
    source: `${rfc3463}: mailing list expansion prohibited`,
  },
  { code: '7.8', verdict: 'smtp_auth_refused', source: 'RFC 4954: authentication credentials invalid' },
  {
    code: '7.9',
    verdict: 'smtp_app_password',
    stages: ['auth'],
    source: 'RFC 4954: authentication mechanism is too weak; Gmail',
  },
  { code: '7.11', verdict: 'smtp_auth_required', source: 'RFC 4954: encryption required for mechanism' },
  { code: '7.12', verdict: 'smtp_auth_refused', source: 'RFC 4954: a password transition is needed' },
  {
    code: '7.13',
    verdict: 'account_suspended',
    stages: ['auth', 'mail'],
    source: 'RFC 5248: user account disabled',
  },
  { code: '7.14', verdict: 'smtp_auth_disabled', stages: ['auth'], source: 'Gmail: web login required' },
  {
    code: '7.17',
    verdict: 'mailbox_unknown',
    stages: ['rcpt', 'data'],
    source: 'RFC 7293: mailbox owner has changed',
  },
  {
    code: '7.18',
    verdict: 'mailbox_unknown',
    stages: ['rcpt', 'data'],
    source: 'RFC 7293: domain owner has changed',
  },
  { code: '7.20', verdict: 'sender_unauthenticated', source: 'RFC 7372: no passing DKIM signature found' },
  { code: '7.21', verdict: 'sender_unauthenticated', source: 'RFC 7372: no acceptable DKIM signature found' },
  { code: '7.22', verdict: 'sender_unauthenticated', source: 'RFC 7372: no author-matched DKIM signature' },
  { code: '7.23', verdict: 'sender_unauthenticated', source: 'RFC 7372: SPF validation failed' },
  { code: '7.24', verdict: 'sender_unauthenticated', source: 'RFC 7372: SPF validation error' },
  { code: '7.25', verdict: 'address_blocked', source: 'RFC 7372: reverse DNS validation failed' },
  {
    code: '7.26',
    verdict: 'sender_unauthenticated',
    source: 'RFC 7372: multiple authentication checks failed',
  },
  { code: '7.27', verdict: 'sender_refused', source: 'RFC 7505: sender address has null MX' },
  { code: '7.28', verdict: 'sending_limit', source: 'IANA registry: mail flood detected' },
  { code: '7.57', verdict: 'smtp_auth_required', source: microsoft },
  { code: '7.60', verdict: 'sender_refused', source: microsoft },
  { code: '7.64', verdict: 'relay_refused', source: microsoft },
  { code: '7.124', verdict: 'mailbox_restricted', source: microsoft },
  { code: '7.133', verdict: 'mailbox_restricted', source: microsoft },
  { code: '7.134', verdict: 'mailbox_restricted', source: microsoft },
  { code: '7.139', verdict: 'smtp_auth_disabled', stages: ['auth'], source: microsoft },
  { code: '7.501', verdict: 'account_suspended', source: microsoft },
  { code: '7.502', verdict: 'account_suspended', source: microsoft },
  { code: '7.503', verdict: 'account_suspended', source: microsoft },
  { code: '7.509', verdict: 'sender_unauthenticated', source: microsoft },
  { code: '7.515', verdict: 'sender_unauthenticated', source: microsoft },
  { code: '7.705', verdict: 'sending_limit', source: microsoft },
  { code: '7.708', verdict: 'address_blocked', source: microsoft },
  { code: '7.750', verdict: 'account_suspended', source: microsoft },
];
