import type { HistoryRow } from '../../../main/contracts/console/history-calls';
import type { DeliveryStatus } from '../../../main/contracts/statuses';
import { rowKey } from './live-rows';

/** A line of the list: a message, or the messages of one event as one line that opens. */
export interface ListLine {
  readonly row: HistoryRow;
  /** of the line that stands for several */
  readonly group?: { readonly key: string; readonly rows: readonly HistoryRow[]; readonly isOpen: boolean };
  /** stands below the line of its event */
  readonly isMember: boolean;
}

/** What needs a person comes first: it is what the line of a group shows. */
const weights: Readonly<Record<DeliveryStatus, number>> = {
  failed: 0,
  unknown: 1,
  held: 2,
  pending: 3,
  sending: 4,
  sent: 5,
  delivered: 6,
  read: 7,
};

const groupKey = ({ customerId, eventId }: HistoryRow): string | undefined =>
  eventId === null ? undefined : `${customerId}/${eventId}`;

/**
 * Rows of one event that stand together become one line, which shows the one that needs a person most. Opened, all of
 * them follow it.
 */
export function groupByEvent(rows: readonly HistoryRow[], opened: ReadonlySet<string>): ListLine[] {
  const lines: ListLine[] = [];
  for (let from = 0; from < rows.length;) {
    const first = rows[from];
    if (!first) break;
    const key = groupKey(first);
    const together = [first];
    for (let row = rows[from + 1]; row && key !== undefined && groupKey(row) === key;) {
      together.push(row);
      row = rows[from + together.length];
    }
    from += together.length;
    if (key === undefined || together.length === 1) {
      lines.push({ row: first, isMember: false });
      continue;
    }
    const lead = together.reduce((worst, row) => (weights[row.status] < weights[worst.status] ? row : worst));
    const isOpen = opened.has(key);
    lines.push({ row: lead, group: { key, rows: together, isOpen }, isMember: false });
    if (!isOpen) continue;
    for (const row of together) if (rowKey(row) !== rowKey(lead)) lines.push({ row, isMember: true });
  }
  return lines;
}
