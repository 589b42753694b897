import { useQueryClient } from '@tanstack/react-query';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { officeId } from '../../../main/contracts/office-number';
import { callKey } from '../../use-gateway';

/** Puts a card that a call answered in its place among those that are kept. */
export function useTakeCard(): (card: WhatsAppCard) => void {
  const queries = useQueryClient();
  return (card) => {
    queries.setQueryData<CallOutput<'whatsapp.list'>>(
      callKey('whatsapp.list', {}),
      (before) =>
        before && {
          cards: before.cards.map((one) => (one.customerId === card.customerId ? card : one)),
          office: card.customerId === officeId && before.office ? { ...before.office, card } : before.office,
        },
    );
  };
}
