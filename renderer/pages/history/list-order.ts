import type { HistoryRow } from '../../../main/contracts/console/history-calls';

type Identity = Pick<HistoryRow, 'customerId' | 'id'>;

/** The list as it was last looked at: what comes before a message, and after it. */
let shown: readonly Identity[] = [];

export function keepOrder(rows: readonly Identity[]): void {
  shown = rows;
}

/** Its neighbours in that list; undefined: there is none, or nobody came from the list. */
export function findNeighbours(of: Identity): {
  readonly previous: Identity | undefined;
  readonly next: Identity | undefined;
} {
  const at = shown.findIndex(({ customerId, id }) => id === of.id && customerId === of.customerId);
  return at < 0 ? { previous: undefined, next: undefined } : { previous: shown[at - 1], next: shown[at + 1] };
}
