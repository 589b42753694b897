import type { Command } from 'commander';
import { offeredSettingNames, type TenantSettings } from '../contracts/tenant-settings';
import { GatewayError } from '../gateway/errors';
import { openTenantDatabase, type TenantDatabase } from '../gateway/storage/tenant-database';
import { maskSettings, readSettings, writeSettings } from '../gateway/tenants/tenant-settings';
import { UsageError } from './command-error';
import { formatTable, printResult, readStandardInput } from './command-output';
import { addNewTenantCommands } from './new-tenant-commands';
import { requireTenant, withInstallation, type Installation } from './open-installation';
import { parseAssignments, showValue } from './setting-values';

interface JsonOption {
  readonly json?: boolean;
}

export function addSettingsCommands(program: Command): void {
  const settings = program
    .command('settings')
    .description("a tenant's channels and settings")
    .addHelpText('after', `\nSettings: ${offeredSettingNames.join(', ')}`);

  settings
    .command('get')
    .description('prints the current settings; of secrets only whether they are set')
    .argument('<customer-id>')
    .argument('[names...]', 'only these')
    .option('--json', 'prints one JSON object')
    .action(getSettings);

  settings
    .command('set')
    .description('changes settings; NAME= resets one to its default')
    .argument('<customer-id>')
    .argument('[NAME=VALUE...]')
    .option('--stdin <name>', 'reads the value of this setting from stdin: it stays out of the process list')
    .option('--json', 'prints one JSON object')
    .action(setSettings);

  addNewTenantCommands(settings);
}

async function withTenantDatabase<T>(
  { registry, logger }: Installation,
  customerId: string,
  work: (tenantDatabase: TenantDatabase) => Promise<T>,
): Promise<T> {
  const tenant = await requireTenant(registry, customerId);
  if (tenant.databaseProblem !== undefined) {
    throw new GatewayError('secret_unreadable', tenant.databaseProblem, 500);
  }
  const tenantDatabase = await openTenantDatabase({ url: tenant.databaseUrl, logger, customerId });
  try {
    return await work(tenantDatabase);
  } finally {
    await tenantDatabase.stop();
  }
}

async function getSettings(customerId: string, names: string[], options: JsonOption): Promise<void> {
  await withInstallation(async (installation) => {
    const unknown = names.filter((name) => !(offeredSettingNames as readonly string[]).includes(name));
    if (unknown.length > 0) {
      throw new GatewayError(
        'unknown_setting',
        `There is no setting ${unknown.join(', ')}. Known settings: ${offeredSettingNames.join(', ')}.`,
      );
    }
    const { registry, secrets } = installation;
    const settings = await withTenantDatabase(installation, customerId, async (tenantDatabase) => {
      const operator = await registry.operatorSettings.read(customerId, tenantDatabase);
      return readSettings(tenantDatabase, customerId, secrets, operator, ({ setting, message }) =>
        process.stderr.write(`warning: ${setting} ${message}\n`),
      );
    });
    const masked = maskSettings(settings);
    const wanted = offeredSettingNames.filter((name) => names.length === 0 || names.includes(name));
    const shown = wanted.map((name) => [name, masked[name]] as const);
    printResult(
      options.json,
      { customer_id: customerId, ...Object.fromEntries(shown) },
      formatTable(
        ['SETTING', 'VALUE'],
        shown.map(([name, value]) => [name, showValue(value)]),
      ),
    );
  });
}

async function setSettings(
  customerId: string,
  assignments: string[],
  options: JsonOption & { readonly stdin?: string },
): Promise<void> {
  const changes: Record<string, unknown> = parseAssignments(assignments);
  if (options.stdin !== undefined) changes[options.stdin] = await readStandardInput();
  if (Object.keys(changes).length === 0) throw new UsageError('nothing to set: give NAME=VALUE.');

  await withInstallation(async (installation) => {
    const { changed } = await withTenantDatabase(installation, customerId, (tenantDatabase) =>
      writeSettings(
        tenantDatabase,
        customerId,
        changes,
        installation.secrets,
        installation.registry.operatorSettings,
      ),
    );
    await installation.audit('settings.changed', customerId, {
      settings: changed.map(({ name }) => name),
      changes: changed,
    });
    const lines = changed.map(
      ({ name, before, after }) => `${name}: ${showValue(before)} → ${showChanged(name, before, after)}`,
    );
    printResult(
      options.json,
      { customer_id: customerId, changed },
      lines.length === 0 ? ['Nothing changed: it was so already.'] : lines,
    );
  });
}

/** A secret that replaces another looks the same masked. */
function showChanged(name: keyof TenantSettings, before: unknown, after: unknown): string {
  return before === after ? `${showValue(after)} (another ${name})` : showValue(after);
}
