import { InvalidArgumentError, type Command } from 'commander';
import { listAudit, type AuditRow } from '../gateway/storage/audit-store';
import { formatTable, printResult } from './command-output';
import { withInstallation } from './open-installation';

interface AuditOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly limit: number;
}

export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('prints who did what by command line, console and key, newest first')
    .argument('[customer-id]', 'only entries about this tenant')
    .option('--limit <n>', 'the most entries to print', parseLimit, 1_000)
    .option('--csv', 'prints comma-separated values, for a spreadsheet')
    .option('--json', 'prints one JSON object')
    .action(printAudit);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000000.');
  }
  return limit;
}

/** Tenants that are gone have their entries still: their id is not looked up. */
async function printAudit(customerId: string | undefined, options: AuditOptions): Promise<void> {
  await withInstallation(async ({ system }) => {
    const rows = await listAudit(system, { limit: options.limit, customerId });
    if (options.csv) {
      process.stdout.write(toCsv(rows));
      return;
    }
    const entries = rows.map(({ id, at, actor, action, customerId: customer, detail }) => ({
      id,
      at: at.toISOString(),
      actor,
      action,
      customer_id: customer,
      detail,
    }));
    const lines = formatTable(
      ['TIME', 'WHO', 'WHAT', 'CUSTOMER_ID', 'DETAIL'],
      entries.map((entry) => [
        entry.at,
        entry.actor,
        entry.action,
        entry.customer_id ?? '',
        JSON.stringify(entry.detail),
      ]),
    );
    printResult(options.json, { entries }, rows.length === 0 ? ['Nothing was recorded yet.'] : lines);
  });
}

/** RFC 4180. */
function toCsv(rows: readonly AuditRow[]): string {
  const lines = rows.map(({ id, at, actor, action, customerId, detail }) =>
    [String(id), at.toISOString(), actor, action, customerId ?? '', JSON.stringify(detail)]
      .map(quote)
      .join(','),
  );
  return ['id,at,actor,action,customer_id,detail', ...lines, ''].join('\r\n');
}

/** A cell that begins like a formula would be one in a spreadsheet; names of users come from outside. */
function quote(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
