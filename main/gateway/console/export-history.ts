import { reachesRole, type ConsoleRole } from '../../contracts/console/roles';
import {
  countHistory,
  readHistoryPage,
  type HistoryListRow,
  type HistoryQuery,
  type HistorySource,
} from '../deliveries/read-history';
import { narrowRow } from './narrow-answers';
import type { OperationRun } from './operations';
import { writeCsv, type CsvValue } from './write-csv';

const pageRows = 1_000;
const countUpTo = 1_000_000;

const columns = [
  'customer_id',
  'delivery_id',
  'event_id',
  'event_type',
  'channel',
  'recipient',
  'status',
  'error',
  'retry_count',
  'created_at',
  'updated_at',
];

/**
 * Everything that fits as a CSV file, newest first, page by page: memory stays what one page takes.
 * @returns where the file is, and how many rows it has
 */
export async function exportHistory(
  sources: readonly HistorySource[],
  query: HistoryQuery,
  role: ConsoleRole,
  run: OperationRun,
): Promise<{ readonly path: string; readonly rows: number }> {
  const day = new Date().toISOString().slice(0, 10);
  const path = await run.file(`deliveries-${day}.csv`);
  // Only for the bar: without it the export goes on.
  const counted = await countHistory(sources, query, countUpTo).catch(() => ({ count: 0, more: true }));
  let done = 0;
  run.progress(0, counted.more ? null : counted.count);
  const missing = new Set<string>();

  function narrow({ channel, recipient, error_message: error }: HistoryListRow) {
    const told = { channel, recipient, error };
    return reachesRole(role, 'operator') ? told : narrowRow(told);
  }

  async function* readRows(): AsyncGenerator<CsvValue[]> {
    let cursor: string | undefined;
    do {
      run.signal.throwIfAborted();
      const page = await readHistoryPage(sources, query, cursor, pageRows);
      for (const customerId of page.missing) missing.add(customerId);
      for (const row of page.rows) {
        const { recipient, error } = narrow(row);
        yield [
          row.customerId,
          row.id,
          row.event_id,
          row.event_type,
          row.channel,
          recipient,
          row.status,
          error,
          row.retry_count,
          row.created_at,
          row.updated_at,
        ];
      }
      done += page.rows.length;
      run.progress(done);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  await writeCsv(path, columns, readRows());
  for (const customerId of missing) {
    run.note(`Deliveries of ${customerId} are missing: its database did not answer.`);
  }
  return { path, rows: done };
}
