import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { officeId } from '../../../main/contracts/office-number';

export type CardState =
  | 'ready'
  | 'initializing'
  | 'authenticated'
  | 'qr_ready'
  | 'auth_failed'
  | 'logged_out'
  | 'new'
  | 'office'
  | 'lost'
  | 'gaveUp';

/** What a person has to know about a session: `disconnected` alone can mean three different things. */
export function stateOf(card: WhatsAppCard): CardState {
  // It has none of its own, and is about to link one where a code is shown.
  const isLinking = card.status !== 'disconnected' && card.status !== 'logged_out';
  if (card.number === 'office' && card.customerId !== officeId && !isLinking) return 'office';
  if (card.status === 'not_initialized') return 'new';
  if (card.status !== 'disconnected') return card.status;
  if (card.needsPerson) return 'gaveUp';
  return card.phone === null ? 'new' : 'lost';
}

/** Where the sentence asks for what only staff and operators can do; a reader is told who can. */
const linkingStates = ['auth_failed', 'logged_out', 'new', 'gaveUp', 'office', 'qr_ready'] as const;

export function stateSentence(state: CardState, mayLink: boolean) {
  const toLookAt = mayLink ? undefined : linkingStates.find((one) => one === state);
  return toLookAt ? (`statesToLookAt.${toLookAt}` as const) : (`states.${state}` as const);
}
