import type { Command } from 'commander';
import { defaultTenantSettings } from '../contracts/tenant-settings';
import { chooseSmtpAccount } from '../gateway/channels/email/smtp-account';
import { readConfig, type GatewayConfig } from '../gateway/config/config';
import { errorText, GatewayError } from '../gateway/errors';
import { formatTable, printResult } from './command-output';
import { fail, ok, type Check } from './doctor/check';
import { checkDataFolder } from './doctor/check-data-folder';
import { checkMailAccount } from './doctor/check-mail';
import { checkNames, checkNetwork } from './doctor/check-network';
import { checkPort } from './doctor/check-port';
import { checkBrowser, checkSystemDatabase, checkTrustedSources } from './doctor/check-system';
import { checkTenants } from './doctor/check-tenants';
import { checkTls } from './doctor/check-tls';
import { withInstallationOf } from './open-installation';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('looks at everything that the gateway needs, and says what is amiss')
    .option('--json', 'prints one JSON object')
    .action(examine);
}

async function examine(options: { readonly json?: boolean }): Promise<void> {
  const config = readConfig(process.env, process.cwd(), undefined, 'command');
  const checks = [
    ok('settings', 'The environment makes sense.'),
    ...(await checkDataFolder(config.dataDir)),
    ...(await checkDatabases(config)),
    ...(await checkSystemMail(config)),
    ...(await checkTls(config)),
    await checkPort(config),
    checkNetwork(config),
    ...(await checkNames(config)),
    checkBrowser(config),
    ...checkTrustedSources(config),
  ];
  const failed = checks.filter(({ status }) => status === 'fail');
  printResult(
    options.json,
    { ok: failed.length === 0, checks },
    formatTable(
      ['', 'WHAT', 'FINDING'],
      checks.map(({ status, name, message }) => [status, name, message]),
    ),
  );
  if (failed.length > 0) {
    const names = [...new Set(failed.map(({ name }) => name))];
    throw new GatewayError('doctor_found', `Something is amiss: ${names.join(', ')}.`);
  }
}

async function checkDatabases(config: GatewayConfig): Promise<Check[]> {
  try {
    return await withInstallationOf(config, async (installation) => [
      ...(await checkSystemDatabase(installation)),
      ...(await checkTenants(installation)),
    ]);
  } catch (thrown) {
    return [fail('database', errorText(thrown))];
  }
}

/** The account that tenants without their own use; without one, those tenants say so themselves. */
async function checkSystemMail({ systemSmtp }: GatewayConfig): Promise<Check[]> {
  if (systemSmtp === null) return [];
  const anyTenant = { customerId: '', name: '', settings: defaultTenantSettings };
  return [await checkMailAccount('system mail', chooseSmtpAccount(anyTenant, systemSmtp))];
}
