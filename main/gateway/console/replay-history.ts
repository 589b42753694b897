import { replayDeliveriesById } from '../deliveries/change-deliveries';
import { countHistory, type HistoryQuery, type HistorySource } from '../deliveries/read-history';
import { isDatabaseAway, isTooSlow } from '../errors';
import type { LiveTenant } from '../live-tenant';
import type { ConsoleCaller, ConsoleParts } from './console-parts';
import type { OperationRun } from './operations';

type Parts = Pick<ConsoleParts, 'audit' | 'signals' | 'tenants'>;

const countUpTo = 10_000;
const batchRows = 500;

/**
 * Puts the failed deliveries that fit back into their lanes, tenant by tenant. A tenant whose database does not
 * answer is left out, with a note; where it is the only one, the replay fails.
 * @throws GatewayError `too_slow`; what the database says
 */
export async function replayHistory(
  parts: Parts,
  sources: readonly HistorySource[],
  asked: { readonly query: HistoryQuery; readonly narrowedBy: readonly string[] },
  caller: ConsoleCaller,
  run: OperationRun,
): Promise<void> {
  const query: HistoryQuery = { ...asked.query, statuses: ['failed'] };
  const counted = await countHistory(sources, query, countUpTo);
  run.progress(0, counted.more ? null : counted.count);
  let done = 0;
  for (const { customerId } of sources) {
    const before = done;
    try {
      for await (const requeued of replayTenant(parts, parts.tenants.get(customerId), query, run.signal)) {
        done += requeued;
        run.progress(done);
      }
    } catch (thrown) {
      const isLeftOut = sources.length > 1 && (isDatabaseAway(thrown) || isTooSlow(thrown));
      if (!isLeftOut) throw thrown;
      run.note(
        done === before
          ? `${customerId} was left out: its database did not answer.`
          : `Of ${customerId} ${done - before} were sent again, then its database did not answer.`,
      );
    } finally {
      if (done > before) {
        await parts.audit.record({
          actor: caller.actor,
          action: 'deliveries.replayed',
          customerId,
          detail: { count: done - before, narrowed_by: asked.narrowedBy },
        });
      }
    }
  }
}

/** Yields how many more were requeued. Oldest first, so that a recipient gets them in the order they were meant in. */
async function* replayTenant(
  { signals }: Parts,
  tenant: LiveTenant,
  query: HistoryQuery,
  signal: AbortSignal,
): AsyncGenerator<number> {
  let after: { at: string; id: number } | undefined;
  for (;;) {
    signal.throwIfAborted();
    const found = await tenant.reader.idsFromOldest(query, after, batchRows);
    yield await replayDeliveriesById(
      tenant,
      signals,
      found.map((row) => row.id),
    );
    const last = found.at(-1);
    if (!last || found.length < batchRows) return;
    after = { at: last.position_at, id: last.id };
  }
}
