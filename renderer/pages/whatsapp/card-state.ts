import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';

export type CardState =
  | 'ready'
  | 'initializing'
  | 'authenticated'
  | 'qr_ready'
  | 'auth_failed'
  | 'logged_out'
  | 'new'
  | 'lost'
  | 'gaveUp';

/** What a person has to know about a session: `disconnected` alone can mean three different things. */
export function stateOf(card: WhatsAppCard): CardState {
  if (card.status === 'not_initialized') return 'new';
  if (card.status !== 'disconnected') return card.status;
  if (card.needsPerson) return 'gaveUp';
  return card.phone === null ? 'new' : 'lost';
}
