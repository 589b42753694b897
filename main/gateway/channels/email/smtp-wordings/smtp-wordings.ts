import { accountWordings } from './account-wordings';
import { messageWordings } from './message-wordings';
import { recipientWordings } from './recipient-wordings';
import type { SmtpWording } from './smtp-wording';

/**
 * Tried from the top; the first that fits wins, so what sounds alike stands in the order that tells it apart.
 * A recipient whose mailbox is full or flooded also has a "limit": recipients come first.
 */
export const smtpWordings: readonly SmtpWording[] = [
  ...recipientWordings,
  ...accountWordings,
  ...messageWordings,
];
