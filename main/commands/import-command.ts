import type { Command } from 'commander';
import { customerIdPattern } from '../gateway/config/config';
import { errorText } from '../gateway/errors';
import { databaseUnreachable, withDatabaseName } from '../gateway/storage/connection-trouble';
import { createDatabase } from '../gateway/storage/database';
import { readReplacedCustomers, type ReplacedCustomer } from '../gateway/storage/replaced-server';
import { readServerList } from '../gateway/storage/server-addresses';
import { formatTable, maskPassword, printResult } from './command-output';
import { withInstallation, type Installation } from './open-installation';

interface ImportOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface Imported {
  readonly customerId: string;
  readonly name: string | undefined;
  readonly databaseUrl: string;
  readonly events: number | null;
  readonly state: 'would be added' | 'added' | 'there already' | 'failed';
  readonly apiKey?: string;
  readonly problem?: string;
}

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description(
      'adds every customer of the server that this gateway replaces; their tables stay as they are',
    )
    .argument('<database-url>', 'the main database of that server')
    .option('--dry-run', 'says what would be added, and changes nothing')
    .option('--json', 'prints one JSON object')
    .action(importCustomers);
}

async function importCustomers(given: string, options: ImportOptions): Promise<void> {
  const databaseUrl = readServerList(given);
  await withInstallation(async (installation) => {
    const customers = await readCustomers(databaseUrl, installation);
    const results: Imported[] = [];
    for (const customer of customers) {
      const result = await importOne(customer, databaseUrl, options.dryRun === true, installation);
      results.push(result);
      // For whoever waits: fifty customers take a while.
      if (!options.json && !options.dryRun) {
        process.stderr.write(
          `${results.length} of ${customers.length}: ${customer.customerId} ${result.state}\n`,
        );
      }
    }
    printResult(
      options.json,
      {
        dry_run: options.dryRun === true,
        customers: results.map(({ customerId, name, events, state, apiKey, problem, databaseUrl: url }) => ({
          customer_id: customerId,
          name: name ?? null,
          database_url: apiKey === undefined ? maskPassword(url) : url,
          events,
          state: state.replaceAll(' ', '_'),
          ...(apiKey === undefined ? {} : { api_key: apiKey }),
          ...(problem === undefined ? {} : { problem }),
        })),
      },
      describe(results),
    );
    if (results.some(({ state }) => state === 'failed')) process.exitCode = 1;
  });
}

async function readCustomers(url: string, { logger }: Installation): Promise<ReplacedCustomer[]> {
  const db = createDatabase({ url, logger, applicationName: 'modular-gateway import', maxConnections: 1 });
  try {
    return await readReplacedCustomers(db);
  } catch (thrown) {
    throw databaseUnreachable(thrown, url);
  } finally {
    await db.stop();
  }
}

async function importOne(
  { customerId, name, databaseName, events }: ReplacedCustomer,
  mainUrl: string,
  isDryRun: boolean,
  { registry, audit }: Installation,
): Promise<Imported> {
  const databaseUrl = databaseName === undefined ? mainUrl : withDatabaseName(mainUrl, databaseName);
  const result = { customerId, name, databaseUrl, events };
  if (await registry.get(customerId)) return { ...result, state: 'there already' };
  // Said in the rehearsal, too.
  if (!customerIdPattern.test(customerId)) {
    return {
      ...result,
      state: 'failed',
      problem: 'Its customer id holds more than letters, digits, _, - and .',
    };
  }
  if (isDryRun) return { ...result, state: 'would be added' };
  try {
    const { tenant, apiKey } = await registry.add({ customerId, name, databaseUrl });
    await audit('tenant.added', customerId, { name: tenant.name, imported: true });
    return { ...result, state: 'added', apiKey };
  } catch (thrown) {
    return { ...result, state: 'failed', problem: errorText(thrown) };
  }
}

function describe(results: readonly Imported[]): string[] {
  if (results.length === 0)
    return ['No customers were found there: neither in a table customers, nor in rows of theirs.'];
  return formatTable(
    ['CUSTOMER_ID', 'NAME', 'EVENTS', 'STATE', 'API KEY, OR WHY NOT'],
    results.map(({ customerId, name, events, state, apiKey, problem }) => [
      customerId,
      name ?? '',
      events === null ? 'own database' : String(events),
      state,
      apiKey ?? problem ?? '',
    ]),
  );
}
