import type { EventLog } from './event-log';
import type { EventMemory } from './event-memory';
import type { GatewayLink } from './gateway-link';
import { readFields } from './page-error';
import { requestJson } from './request-json';

const firstFillEvents = 20;
const pageEvents = 500;
/** Ten thousand events behind: the rest is history, which the console shows better. */
const mostPages = 20;
const timeoutMs = 15_000;

/**
 * Reads from the gateway's database what the sockets did not tell: the newest events at the first connection,
 * what was missed at each later one, and what became of events whose end is not known.
 * @throws PageError when the connection breaks meanwhile; the next one catches up again
 */
export async function catchUp(
  link: GatewayLink,
  log: EventLog,
  memory: EventMemory,
  isFirst: boolean,
): Promise<void> {
  // Before the first fill moves it.
  const lastEventId = Math.max(log.lastEventId(), memory.lastEventId() ?? 0);
  const open = new Set([...log.unsettledIds(), ...memory.openEventIds()]);
  if (isFirst) await readNewest(link, log);
  await Promise.all([...open].map((eventId) => readPage(link, log, eventId - 1, 1)));
  if (lastEventId > 0) await readSince(link, log, lastEventId);
}

async function readNewest(link: GatewayLink, log: EventLog): Promise<void> {
  const askedAtMs = Date.now();
  const answer = await requestJson({
    method: 'GET',
    url: `${link.gatewayUrl}/api/events?limit=${firstFillEvents}`,
    token: await link.tokens.get(),
    timeoutMs,
  });
  const { events } = readFields(answer.body);
  if (answer.ok && Array.isArray(events)) {
    for (const row of events.reverse() as unknown[]) log.applyRow(row, askedAtMs);
  }
}

async function readSince(link: GatewayLink, log: EventLog, lastEventId: number): Promise<void> {
  let after = lastEventId;
  for (let page = 0; page < mostPages; page += 1) {
    const { last, more } = await readPage(link, log, after, pageEvents);
    if (!more || last <= after) return;
    after = last;
  }
}

async function readPage(
  link: GatewayLink,
  log: EventLog,
  afterId: number,
  limit: number,
): Promise<{ last: number; more: boolean }> {
  const askedAtMs = Date.now();
  const answer = readFields(await link.request('events:since', { event_id: afterId, limit }, timeoutMs));
  const rows = Array.isArray(answer['events']) ? (answer['events'] as unknown[]) : [];
  for (const row of rows) log.applyRow(row, askedAtMs);
  const last = readFields(rows[rows.length - 1])['event_id'];
  return { last: typeof last === 'number' ? last : afterId, more: answer['more'] === true };
}
