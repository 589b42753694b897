import type { Command } from 'commander';
import { GatewayError } from '../gateway/errors';
import { databaseNameOf } from '../gateway/storage/connection-trouble';
import type { Tenant } from '../gateway/tenants/tenant-registry';
import { UsageError } from './command-error';
import { confirm, formatTable, isInteractive, maskPassword, printResult } from './command-output';
import { withInstallation } from './open-installation';

interface AddOptions {
  readonly name?: string;
  readonly databaseUrl?: string;
  readonly json?: boolean;
}

interface ListOptions {
  readonly showPasswords?: boolean;
  readonly json?: boolean;
}

interface RemoveOptions {
  readonly dropDatabase?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addTenantCommands(program: Command): void {
  const tenant = program.command('tenant').description('the customers that the gateway serves');

  tenant
    .command('add')
    .description('adds a tenant, creates or adopts its database, and prints its API key once')
    .argument('<customer-id>', 'letters, digits, _ - and ., at most 50')
    .option('--name <name>', 'its display name')
    .option('--database-url <url>', 'an existing PostgreSQL database')
    .option('--json', 'prints one JSON object')
    .action(addTenant);

  tenant
    .command('list')
    .description('prints all tenants')
    .option('--show-passwords', 'prints the database addresses with their passwords')
    .option('--json', 'prints one JSON object')
    .action(listTenants);

  tenant
    .command('remove')
    .description('removes a tenant and its keys; its database is kept')
    .argument('<customer-id>')
    .option('--drop-database', 'also deletes its database, with the whole history')
    .option('-y, --yes', 'skips the confirmation')
    .option('--json', 'prints one JSON object')
    .action(removeTenant);
}

async function addTenant(customerId: string, options: AddOptions): Promise<void> {
  await withInstallation(async ({ registry, audit }) => {
    const { tenant, apiKey } = await registry.add({
      customerId,
      name: options.name,
      databaseUrl: options.databaseUrl,
    });
    await audit('tenant.added', customerId, { name: tenant.name });
    printResult(
      options.json,
      { customer_id: customerId, api_key: apiKey, database_url: tenant.databaseUrl, name: tenant.name },
      [
        `Tenant ${customerId} added.`,
        `API key:  ${apiKey}  (shown this once)`,
        `Database: ${tenant.databaseUrl}`,
      ],
    );
  });
}

function shownUrl(tenant: Tenant, options: ListOptions): string {
  return options.showPasswords ? tenant.databaseUrl : maskPassword(tenant.databaseUrl);
}

async function listTenants(options: ListOptions): Promise<void> {
  await withInstallation(async ({ registry }) => {
    const tenants = await registry.list();
    const json = tenants.map((tenant) => ({
      customer_id: tenant.customerId,
      name: tenant.name,
      paused: tenant.paused,
      created_at: tenant.createdAt.toISOString(),
      database_url: shownUrl(tenant, options),
      ...(tenant.databaseProblem === undefined ? {} : { problem: tenant.databaseProblem }),
    }));
    const rows = tenants.map((tenant) => [
      tenant.customerId,
      tenant.name,
      tenant.paused ? 'paused' : 'active',
      tenant.createdAt.toISOString().slice(0, 10),
      tenant.databaseProblem ?? shownUrl(tenant, options),
    ]);
    const lines =
      rows.length === 0
        ? ['No tenants yet: modular-gateway tenant add CUSTOMER_ID']
        : formatTable(['CUSTOMER_ID', 'NAME', 'STATE', 'SINCE', 'DATABASE'], rows);
    printResult(options.json, { tenants: json }, lines);
  });
}

async function removeTenant(customerId: string, options: RemoveOptions): Promise<void> {
  const dropDatabase = options.dropDatabase === true;
  // Without a terminal nobody can be asked; only what cannot be undone then needs to be said twice.
  if (!options.yes && !isInteractive() && dropDatabase) {
    throw new UsageError('--drop-database without a terminal needs --yes.');
  }
  await withInstallation(async ({ registry, audit }) => {
    const tenant = await registry.get(customerId);
    if (!tenant) throw new GatewayError('tenant_not_found', `There is no tenant ${customerId}.`, 404);
    const fate = dropDatabase ? 'Its database and all that is in it are deleted' : 'Its database stays';
    if (!options.yes && isInteractive() && !(await confirm(`Remove ${customerId}? ${fate}.`))) {
      throw new GatewayError('not_confirmed', 'Nothing was removed.');
    }
    await registry.remove(customerId, { dropDatabase });
    await audit('tenant.removed', customerId, { database_dropped: dropDatabase });
    const database = tenant.databaseUrl === '' ? null : databaseNameOf(tenant.databaseUrl);
    printResult(
      options.json,
      { customer_id: customerId, removed: true, database, database_dropped: dropDatabase },
      [`Tenant ${customerId} removed. ${dropDatabase ? 'Its database is gone' : 'Its database stays'}.`],
    );
  });
}
