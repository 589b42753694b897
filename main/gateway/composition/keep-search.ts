import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { createSingleFlight } from '../concurrency/single-flight';
import { waitAtMost } from '../concurrency/with-timeout';
import { errorText, isDatabaseAway } from '../errors';
import type { LiveTenant } from '../live-tenant';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import {
  createSearchStore,
  longestDataText,
  type SearchEntry,
  type SearchSource,
} from '../storage/search-store';
import { listSearchWords, listValues, spellOut } from '../storage/search-words';

type SearchedTenant = Pick<LiveTenant, 'customerId' | 'tenantDatabase' | 'eventTypes'>;

interface SearchKeeperOptions {
  readonly live: () => readonly SearchedTenant[];
  readonly signals: Pick<Signals, 'on'>;
  readonly logger: Logger;
  /** between two looks at what came in; two seconds unless told */
  readonly lookEveryMs?: number;
}

const lookEveryMs = 2_000;
/** Small while there is something to send: taking texts apart holds up everything else. */
const batchSize = { busy: 50, idle: 200 } as const;
/** After each batch, a rest of so many times its own time: sending goes first. */
const restFactor = { busy: 25, idle: 2 } as const;
const shortestRestMs = 10;
/** So long after the last signal the gateway counts as idle. */
const idleAfterMs = 3_000;
/** What was told of is too fresh to be written down at once. */
const changesForMs = 6_000;
/** What one tenant may take before the next has its turn. */
const mostOfOneMs = 30_000;
const stopWithinMs = 1_000;
const longestTurnMs = 5;
/** Nothing told of it, but something may have come in by another gateway. */
const lookAnywayMs = 600_000;

/**
 * Writes down the words that the history is searched by, behind the sending: what came in within seconds, what is
 * older little by little. One batch at a time for all tenants together, each followed by a rest.
 */
export function keepSearch(options: SearchKeeperOptions): { stop(): Promise<void> } {
  const { logger, signals } = options;
  const ending = new AbortController();
  const lookedAtMs = new Map<string, number>();
  /** when something was last told of a tenant, or written down for it */
  const changedAtMs = new Map<string, number>();
  const underWay = new Set<string>();
  let lastSignalMs = Number.NEGATIVE_INFINITY;
  const looking = createSingleFlight(look);

  const note = ({ customerId }: { readonly customerId: string }): void => {
    lastSignalMs = performance.now();
    changedAtMs.set(customerId, lastSignalMs);
  };
  const subscriptions = [
    signals.on('event.accepted', note),
    signals.on('delivery.sent', note),
    signals.on('delivery.failed', note),
    signals.on('delivery.changed', note),
    signals.on('tenant.added', note),
  ];

  async function look(): Promise<void> {
    for (const tenant of options.live()) {
      if (ending.signal.aborted) return;
      const { customerId } = tenant;
      const nowMs = performance.now();
      const isWithin = (of: ReadonlyMap<string, number>, withinMs: number) =>
        nowMs - (of.get(customerId) ?? Number.NEGATIVE_INFINITY) < withinMs;
      if (!isWithin(changedAtMs, changesForMs) && isWithin(lookedAtMs, lookAnywayMs)) continue;
      if (underWay.has(customerId)) continue;
      lookedAtMs.set(customerId, nowMs);
      underWay.add(customerId);
      const written = writeWords(tenant).finally(() => underWay.delete(customerId));
      // A database that hangs keeps no other tenant's words waiting.
      await waitAtMost(written, mostOfOneMs);
    }
  }

  async function writeWords(tenant: SearchedTenant): Promise<void> {
    const { customerId } = tenant;
    try {
      if (await writeSome(tenant)) changedAtMs.set(customerId, performance.now());
    } catch (thrown) {
      if (isDatabaseAway(thrown) || ending.signal.aborted) return;
      logger.warn('search.failed', 'words for the search could not be written', {
        customer_id: customerId,
        error: errorText(thrown),
      });
    }
  }

  /** @returns something was written: there may be more */
  async function writeSome(tenant: SearchedTenant): Promise<boolean> {
    const store = createSearchStore(tenant.tenantDatabase.bookkeeping, tenant.customerId);
    const steps = [
      (limit: number) => store.listNew(limit),
      (limit: number) => store.listFinished(limit),
      (limit: number) => store.listOlder(limit),
    ];
    let wrote = false;
    for (const list of steps) {
      // Not until it is all done: other tenants have their turn.
      for (let turn = 0; turn < 5; turn += 1) {
        if (ending.signal.aborted) return false;
        const pace = performance.now() - lastSignalMs > idleAfterMs ? 'idle' : 'busy';
        const startedMs = performance.now();
        const found = await list(batchSize[pace]);
        if (found.length > 0) await store.write(await toEntries(tenant, found));
        wrote ||= found.length > 0;
        if (found.length < batchSize[pace]) break;
        const restMs = Math.max(shortestRestMs, (performance.now() - startedMs) * restFactor[pace]);
        await delay(restMs, undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
    return wrote;
  }

  const timer = setInterval(() => void looking.run(), options.lookEveryMs ?? lookEveryMs);
  timer.unref();

  return {
    async stop() {
      clearInterval(timer);
      ending.abort();
      for (const unsubscribe of subscriptions) unsubscribe();
      if (looking.running) await waitAtMost(looking.running, stopWithinMs);
    },
  };
}

/** Taking long texts apart takes milliseconds each: others have their turn in between. */
async function toEntries(tenant: SearchedTenant, sources: readonly SearchSource[]): Promise<SearchEntry[]> {
  const entries: SearchEntry[] = [];
  let sinceMs = performance.now();
  for (const source of sources) {
    entries.push(toEntry(tenant, source));
    if (performance.now() - sinceMs < longestTurnMs) continue;
    await turn();
    sinceMs = performance.now();
  }
  return entries;
}

function toEntry({ eventTypes }: SearchedTenant, source: SearchSource): SearchEntry {
  const { event_type: type } = source;
  const left = ['sent', 'delivered', 'read'].includes(source.status);
  const texts = [
    String(source.id),
    source.event_id === null ? '' : String(source.event_id),
    source.recipient,
    type === null ? '' : spellOut(type),
    type === null ? '' : (eventTypes.get(type)?.definition.title ?? ''),
    source.subject ?? '',
    ...listData(source.data),
    source.message_id ?? '',
    source.error_message ?? '',
    source.content ?? '',
  ];
  return {
    id: source.id,
    seen: left ? 2 : source.status === 'failed' ? 1 : 0,
    words: listSearchWords(texts),
  };
}

function listData(json: string | null): Iterable<string> {
  if (json === null) return [];
  try {
    return listValues(JSON.parse(json));
  } catch {
    // Cut off: searched as it stands.
    return json.length >= longestDataText ? [json] : [];
  }
}
