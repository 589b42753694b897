import type { SmtpWording } from './smtp-wording';
import { gmail, microsoft, postfix, exim, sendmail } from './sources';

/** What servers say about a recipient: unknown, full, restricted, flooded. */
export const recipientWordings: readonly SmtpWording[] = [
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
      /RESOLVER\.RST\.(?:NotAuthorized|AuthRequired|SendersRestriction|RestrictedToRecipientsPermission|\w*NotAuthenticatedFor\w+|\w*Restrict\w*)|only accepts? (?:mail|messages) from (?:people in its organization|allowed senders|certain)|not authorized to send to (?:this|the) (?:recipient|group|list)/i,
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
      /user unknown|unknown user|no such (?:user|mailbox|recipient|person)|(?:mailbox|address|account|user|recipient)(?: here|(?: that)? you tried to reach)? (?:does not|doesn't|did not) exist|mailbox (?:not found|unavailable: user)|unknown (?:recipient|mailbox|local part)|unrouteable address|invalid (?:recipient|mailbox)|(?:doesn't|does not) have an? \S+ account|not a (?:known|valid) (?:user|mailbox|recipient)|no mailbox here/i,
    stages: ['rcpt', 'data'],
    source: `${gmail}, ${postfix}, ${exim}, ${sendmail}, Yahoo`,
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
];
