import type { historyCalls } from '../../contracts/console/history-calls';
import { withTimeout } from '../concurrency/with-timeout';
import { resolveDelivery, retryDelivery } from '../deliveries/change-deliveries';
import { readDelivery } from '../deliveries/read-delivery';
import { countHistory, readHistoryPage } from '../deliveries/read-history';
import type { HistoryQuery } from '../deliveries/read-history';
import { isDatabaseAway, isTooSlow } from '../errors';
import { changeChosen } from './change-chosen';
import type { ConsoleParts, HandlersOf } from './console-parts';
import { describeDelivery } from './describe-delivery';
import { exportHistory } from './export-history';
import { findSources, toHistoryRow, toQuery } from './history-sources';
import type { OperationRun } from './operations';
import { replayHistory } from './replay-history';

const countUpTo = 10_000;
const listTypesWithinMs = 3_000;

/** What was sent, and what became of it. */
export function createHistoryHandlers(parts: ConsoleParts): HandlersOf<typeof historyCalls> {
  const { audit, operations, signals, tenants } = parts;
  return {
    async 'history.list'({ filter, cursor, limit }, { role }) {
      const { sources, away } = findSources(parts, filter);
      const page = await readHistoryPage(sources, toQuery(filter, role), cursor, limit);
      return {
        rows: page.rows.map(toHistoryRow),
        nextCursor: page.nextCursor,
        missing: [...away, ...page.missing],
      };
    },

    'history.count': ({ filter }, { role }) =>
      countHistory(findSources(parts, filter).sources, toQuery(filter, role), countUpTo),

    async 'history.get'({ customerId, id }) {
      const tenant = tenants.get(customerId);
      const record = await readDelivery(parts, tenant, id);
      return describeDelivery(tenant, record, parts.mailSender(tenant) ?? null);
    },

    async 'history.retry'({ customerId, id }, caller) {
      await retryDelivery(tenants.get(customerId), signals, id, 'now');
      await audit.record({
        actor: caller.actor,
        action: 'delivery.retried',
        customerId,
        detail: { delivery_id: id },
      });
      return {};
    },

    async 'history.resolve'({ customerId, id, action }, caller) {
      await resolveDelivery(tenants.get(customerId), signals, id, action, 'now');
      await audit.record({
        actor: caller.actor,
        action: 'delivery.resolved',
        customerId,
        detail: { delivery_id: id, action },
      });
      return {};
    },

    'history.retryChosen': ({ deliveries }, caller) => changeChosen(parts, 'retry', deliveries, caller),
    'history.cancelChosen': ({ deliveries }, caller) => changeChosen(parts, 'cancel', deliveries, caller),

    'history.replay'({ filter }, caller) {
      const { sources, away } = findSources(parts, filter);
      const isAboutFailed = !filter.status?.length || filter.status.includes('failed');
      const asked = { query: toQuery(filter, caller.role), narrowedBy: Object.keys(filter) };
      const { id } = operations.start('replay', caller, async (run) => {
        noteAway(away, run);
        noteWebhooks(asked.query, run);
        if (isAboutFailed) await replayHistory(parts, sources, asked, caller, run);
        return undefined;
      });
      return Promise.resolve({ operationId: id });
    },

    'history.export'({ filter }, caller) {
      const { sources, away } = findSources(parts, filter);
      const { id } = operations.start('export', caller, async (run) => {
        noteAway(away, run);
        const query = toQuery(filter, caller.role);
        noteWebhooks(query, run);
        const { path, rows } = await exportHistory(sources, query, caller.role, run);
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
          withTimeout(tenant.reader.eventTypes(), listTypesWithinMs).catch((thrown: unknown) => {
            // One tenant's database must not empty the list of all; its own page says what is wrong.
            const isLeftOut = customerId === undefined && (isDatabaseAway(thrown) || isTooSlow(thrown));
            if (!isLeftOut) throw thrown;
            return [];
          }),
        ),
      );
      return { eventTypes: [...new Set(found.flat())].sort() };
    },
  };
}

function noteWebhooks({ withoutWebhooks }: HistoryQuery, run: OperationRun): void {
  if (withoutWebhooks) run.note('Webhooks were left out: your role does not search them.');
}

function noteAway(away: readonly string[], run: OperationRun): void {
  for (const customerId of away) run.note(`${customerId} was left out: its database is out of reach.`);
}
