import type { UntakableRows } from '../storage/event-store';

export type { UntakableRows } from '../storage/event-store';

/** What is wrong with rows that nobody will ever take in, and what to change, in a sentence. */
export function describeUntakable(rows: UntakableRows, customerId: string): string {
  const { count, first_id: firstId } = rows;
  const which = `${count} ${count === 1 ? 'row' : 'rows'} of websocket_events (from id ${firstId})`;
  if (rows.customer_id !== customerId) {
    return `${which} ${count === 1 ? 'waits' : 'wait'} for customer_id “${rows.customer_id}”, and this tenant is “${customerId}”: write it exactly so.`;
  }
  return `${which} ${count === 1 ? 'has' : 'have'} the status “${rows.status}”, which nobody takes in: insert them as 'pending'.`;
}
