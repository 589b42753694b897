import type { HistoryFilter, HistoryRow } from '../../contracts/console/history-calls';
import { reachesRole, type ConsoleRole } from '../../contracts/console/roles';
import { withTimeout } from '../concurrency/with-timeout';
import type { HistoryListRow, HistoryQuery, HistorySource } from '../deliveries/read-history';
import { GatewayError } from '../errors';
import type { ConsoleParts } from './console-parts';

type Parts = Pick<ConsoleParts, 'tenants'>;

/** A tenant whose database hangs must not hold up the page of all tenants for longer. */
const answerWithinMs = 6_000;

/**
 * Whose deliveries a filter is about, and whose cannot be had.
 * @throws GatewayError `tenant_not_found` (404)
 */
export function findSources(
  { tenants }: Parts,
  filter: HistoryFilter,
): { readonly sources: HistorySource[]; readonly away: string[] } {
  const { customerId } = filter;
  if (customerId !== undefined && !tenants.exists(customerId)) {
    throw new GatewayError('tenant_not_found', `There is no tenant ${customerId}.`, 404);
  }
  const isWanted = (tenant: { readonly customerId: string }) =>
    customerId === undefined || tenant.customerId === customerId;
  const live = tenants.live().filter(isWanted);
  const isOpen = new Set(live.map((tenant) => tenant.customerId));
  return {
    sources: live.map(({ customerId: id, reader }) => ({
      customerId: id,
      reader: {
        page: (...args) => withTimeout(reader.page(...args), answerWithinMs),
        count: (...args) => withTimeout(reader.count(...args), answerWithinMs),
      },
    })),
    away: [
      ...tenants
        .away()
        .filter(isWanted)
        .map((tenant) => tenant.customerId),
      ...(customerId === undefined || isOpen.has(customerId) ? [] : [customerId]),
    ].filter((id, index, all) => all.indexOf(id) === index),
  };
}

/** A filter of the console in the words of the store, for somebody of that role. */
export function toQuery(filter: HistoryFilter, role: ConsoleRole): HistoryQuery {
  const text = filter.text?.trim();
  const recipient = filter.recipient?.trim();
  const searches = [text, recipient].some((words) => words !== undefined && words !== '');
  return {
    // What a webhook's path is must not be found out by searching for it either.
    ...(searches && !reachesRole(role, 'operator') ? { withoutWebhooks: true } : {}),
    channel: filter.channel,
    statuses: filter.status,
    eventType: filter.eventType,
    ...(filter.eventId === undefined ? {} : { eventId: Number(filter.eventId) }),
    ...(recipient === undefined || recipient === '' ? {} : { recipient: withoutNul(recipient) }),
    ...(text === undefined || text === '' ? {} : { text: withoutNul(text) }),
    ...(filter.from === undefined ? {} : { from: new Date(filter.from) }),
    ...(filter.to === undefined ? {} : { to: new Date(filter.to) }),
  };
}

/** PostgreSQL takes no text with a NUL in it, and none holds one. */
function withoutNul(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', ' ');
}

export function toHistoryRow(row: HistoryListRow): HistoryRow {
  return {
    customerId: row.customerId,
    id: row.id,
    eventId: row.event_id,
    eventType: row.event_type,
    channel: row.channel,
    recipient: row.recipient,
    status: row.status,
    error: row.error_message,
    heldReason: row.held_reason,
    subject: row.subject,
    isTest: row.is_test,
    retryCount: row.retry_count,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
