import type { SmtpWording } from './smtp-wording';
import { gmail, microsoft, postfix, exim, sendmail, sendgrid, zoho } from './sources';

/** What servers say about the message, and about themselves. */
export const messageWordings: readonly SmtpWording[] = [
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
