import type { WhatsAppCard, WhatsAppOffice } from '../../contracts/console/whatsapp-calls';
import { officeId } from '../../contracts/office-number';
import { withTimeout } from '../concurrency/with-timeout';
import { countOfficeSenders } from '../whatsapp/office-number';
import type { ConsoleParts } from './console-parts';
import { describeSession } from './describe-whatsapp';

type Parts = Pick<ConsoleParts, 'tenants' | 'sessions' | 'listOfficeReplies'>;

const askWithinMs = 3_000;
const shownReplies = 20;

/** The office number's card. It belongs to no tenant, so it has no name, and counts of messages are their tenants'. */
export async function describeOfficeCard(parts: Pick<Parts, 'sessions'>): Promise<WhatsAppCard> {
  const state = await withTimeout(parts.sessions.status(officeId), askWithinMs).catch(() => undefined);
  return {
    customerId: officeId,
    tenantName: '',
    isAway: state === undefined,
    enabled: true,
    number: 'office',
    ...describeSession(parts, officeId, state),
    waiting: 0,
    unknown: 0,
    lastSentAt: null,
    nextSendAt: null,
    waitReason: null,
    newContactsToday: 0,
    newContactsPerDay: 0,
  };
}

/** The office number, who sends by it, and what was written to it that is no tenant's. */
export async function describeOffice(parts: Parts): Promise<WhatsAppOffice> {
  const [card, replies] = await Promise.all([
    describeOfficeCard(parts),
    withTimeout(parts.listOfficeReplies(shownReplies), askWithinMs).catch(() => []),
  ]);
  return {
    card,
    isSetUp: parts.sessions.peek(officeId)?.wasPaired === true,
    senders: countOfficeSenders(parts.sessions, parts.tenants.live()),
    replies: replies.map(({ messageId, sender, body, kind, receivedAt }) => ({
      messageId,
      sender,
      body,
      kind,
      receivedAt: receivedAt.toISOString(),
    })),
  };
}
