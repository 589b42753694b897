import type { historyCalls } from '../../contracts/console/history-calls';
import { replayDeliveriesById, resolveDelivery, retryDelivery } from '../deliveries/change-deliveries';
import { readDelivery } from '../deliveries/read-delivery';
import { countHistory, readHistoryPage } from '../deliveries/read-history';
import { isDatabaseAway } from '../errors';
import type { ConsoleParts, HandlersOf } from './console-parts';
import { describeDelivery } from './describe-delivery';
import { exportHistory } from './export-history';
import { findSources, toHistoryRow, toQuery } from './history-sources';
import { inTime } from './in-time';

const countUpTo = 10_000;
const replayBatch = 500;
const listTypesWithinMs = 3_000;

/** What was sent, and what became of it. */
export function createHistoryHandlers(parts: ConsoleParts): HandlersOf<typeof historyCalls> {
  const { audit, operations, signals, tenants } = parts;
  return {
    async 'history.list'({ filter, cursor, limit }) {
      const { sources, away } = findSources(parts, filter);
      const page = await readHistoryPage(sources, toQuery(filter), cursor, limit);
      return {
        rows: page.rows.map(toHistoryRow),
        nextCursor: page.nextCursor,
        missing: [...away, ...page.missing],
      };
    },

    'history.count': ({ filter }) =>
      countHistory(findSources(parts, filter).sources, toQuery(filter), countUpTo),

    async 'history.get'({ customerId, id }) {
      const tenant = tenants.get(customerId);
      const record = await readDelivery(parts, tenant, id);
      return describeDelivery(tenant, record, parts.mailSender(tenant) ?? null);
    },

    async 'history.retry'({ customerId, id }, caller) {
      await retryDelivery(tenants.get(customerId), signals, id);
      await audit.record({
        actor: caller.actor,
        action: 'delivery.retried',
        customerId,
        detail: { delivery_id: id },
      });
      return {};
    },

    async 'history.resolve'({ customerId, id, action }, caller) {
      await resolveDelivery(tenants.get(customerId), signals, id, action);
      await audit.record({
        actor: caller.actor,
        action: 'delivery.resolved',
        customerId,
        detail: { delivery_id: id, action },
      });
      return {};
    },

    'history.replay'({ filter }, caller) {
      const { sources, away } = findSources(parts, filter);
      const query = { ...toQuery(filter), statuses: ['failed'] as const };
      const isAboutFailed = !filter.status?.length || filter.status.includes('failed');
      const { id } = operations.start('replay', async (run) => {
        const perTenant = new Map<string, number>();
        let done = 0;
        for (const customerId of away) run.note(`${customerId} was left out: its database is out of reach.`);
        try {
          if (!isAboutFailed) return undefined;
          const counted = await countHistory(sources, query, countUpTo);
          run.progress(0, counted.more ? null : counted.count);
          for (const { customerId } of sources) {
            const tenant = tenants.get(customerId);
            // Oldest first, so that a recipient gets them in the order in which they were meant.
            let after: { at: string; id: number } | undefined;
            for (;;) {
              run.signal.throwIfAborted();
              const found = await tenant.reader.idsFromOldest(query, after, replayBatch);
              const requeued = await replayDeliveriesById(
                tenant,
                signals,
                found.map((row) => row.id),
              );
              done += requeued;
              perTenant.set(customerId, (perTenant.get(customerId) ?? 0) + requeued);
              run.progress(done);
              const last = found.at(-1);
              if (!last || found.length < replayBatch) break;
              after = { at: last.position_at, id: last.id };
            }
          }
          return undefined;
        } finally {
          for (const [customerId, count] of perTenant) {
            if (count === 0) continue;
            await audit.record({
              actor: caller.actor,
              action: 'deliveries.replayed',
              customerId,
              detail: { count, narrowed_by: Object.keys(filter) },
            });
          }
        }
      });
      return Promise.resolve({ operationId: id });
    },

    'history.export'({ filter }, caller) {
      const { sources, away } = findSources(parts, filter);
      const { id } = operations.start('export', async (run) => {
        for (const customerId of away) run.note(`${customerId} was left out: its database is out of reach.`);
        const { path, rows } = await exportHistory(sources, toQuery(filter), run);
        await audit.record({
          actor: caller.actor,
          action: 'history.exported',
          customerId: filter.customerId ?? null,
          detail: { rows, narrowed_by: Object.keys(filter) },
        });
        return path;
      });
      return Promise.resolve({ operationId: id });
    },

    async 'history.eventTypes'({ customerId }) {
      const asked = customerId === undefined ? tenants.live() : [tenants.get(customerId)];
      const found = await Promise.all(
        asked.map((tenant) =>
          inTime(tenant.reader.eventTypes(), listTypesWithinMs).catch((thrown: unknown) => {
            // One tenant's database must not empty the list of all; its own page says what is wrong.
            if (customerId !== undefined || !isDatabaseAway(thrown)) throw thrown;
            return [];
          }),
        ),
      );
      return { eventTypes: [...new Set(found.flat())].sort() };
    },
  };
}
