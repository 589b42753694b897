import { useState } from 'react';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';

/** 0 needs somebody, 3 is switched off. */
function rankOf(card: WhatsAppCard): number {
  if (card.isAway) return 0;
  if (!card.enabled) return 3;
  if ((card.needsPerson && card.number === 'own') || card.unknown > 0) return 0;
  return card.status === 'ready' ? 2 : 1;
}

/**
 * Cards that need a person first, then by name. A card keeps the place that it had when the page was opened:
 * it moves up when it comes to need somebody, and never while somebody is busy with it.
 */
export function useCardOrder(cards: readonly WhatsAppCard[]): {
  readonly cards: readonly WhatsAppCard[];
  /** somebody does something with this card: it stays where it is */
  readonly keepPlace: (customerId: string) => void;
} {
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set());
  const [ranks, setRanks] = useState<ReadonlyMap<string, number>>(new Map());
  const moved = cards.filter((card) => {
    const before = ranks.get(card.customerId);
    if (before === undefined) return true;
    return !kept.has(card.customerId) && rankOf(card) < before && rankOf(card) === 0;
  });
  if (moved.length > 0) {
    setRanks(new Map([...ranks, ...moved.map((card) => [card.customerId, rankOf(card)] as const)]));
  }
  const placeOf = (card: WhatsAppCard) => ranks.get(card.customerId) ?? rankOf(card);
  return {
    cards: [...cards].sort(
      (a, b) => placeOf(a) - placeOf(b) || a.tenantName.localeCompare(b.tenantName) || 0,
    ),
    keepPlace: (customerId) => setKept((before) => new Set([...before, customerId])),
  };
}
