import type { Command } from 'commander';
import { newTenantSettingNames } from '../contracts/new-tenant-settings';
import { defaultTenantSettings } from '../contracts/tenant-settings';
import { formatTable, printResult } from './command-output';
import { withInstallation } from './open-installation';
import { parseAssignments, showValue } from './setting-values';

interface JsonOption {
  readonly json?: boolean;
}

export function addNewTenantCommands(settings: Command): void {
  const defaults = settings
    .command('defaults')
    .description('what every new tenant begins with; tenants that are there are not changed')
    .addHelpText('after', `\nSettings: ${newTenantSettingNames.join(', ')}`);

  defaults
    .command('list', { isDefault: true })
    .description('prints what is set, and the built-in defaults')
    .option('--json', 'prints one JSON object')
    .action(listDefaults);

  defaults
    .command('set')
    .description('changes what new tenants begin with; NAME= goes back to the built-in default')
    .argument('<NAME=VALUE...>')
    .option('--json', 'prints one JSON object')
    .action((assignments: string[], options: JsonOption) =>
      changeDefaults(parseAssignments(assignments), options),
    );

  defaults
    .command('reset')
    .description('goes back to the built-in default')
    .argument('<names...>')
    .option('--json', 'prints one JSON object')
    .action((names: string[], options: JsonOption) =>
      changeDefaults(Object.fromEntries(names.map((name) => [name, null])), options),
    );
}

async function listDefaults(options: JsonOption): Promise<void> {
  await withInstallation(async ({ registry }) => {
    const settings = await registry.newTenantSettings.read();
    printResult(
      options.json,
      { settings },
      formatTable(
        ['SETTING', 'NEW TENANTS BEGIN WITH', ''],
        newTenantSettingNames.map((name) => [
          name,
          showValue(settings[name] ?? defaultTenantSettings[name]),
          name in settings ? 'set' : 'built in',
        ]),
      ),
    );
  });
}

async function changeDefaults(
  changes: Readonly<Record<string, string | null>>,
  options: JsonOption,
): Promise<void> {
  await withInstallation(async ({ registry, audit }) => {
    const { changed } = await registry.newTenantSettings.write(changes);
    if (changed.length > 0) {
      await audit('new_tenant_settings.changed', null, {
        settings: changed.map(({ name }) => name),
        changes: changed,
      });
    }
    const show = (value: unknown) => (value === null ? '(built in)' : showValue(value));
    const lines = changed.map(({ name, before, after }) => `${name}: ${show(before)} → ${show(after)}`);
    printResult(
      options.json,
      { changed },
      lines.length === 0 ? ['Nothing changed: it was so already.'] : lines,
    );
  });
}
