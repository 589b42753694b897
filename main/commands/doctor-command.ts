import type { Command } from 'commander';
import { defaultTenantSettings } from '../contracts/tenant-settings';
import { chooseSmtpAccount } from '../gateway/channels/email/smtp-account';
import { readConfig, type GatewayConfig } from '../gateway/config/config';
import { readRunning } from '../gateway/config/running-settings';
import { errorText, GatewayError } from '../gateway/errors';
import { createFileSecretStore } from '../gateway/secrets/secret-store';
import { formatTable, printResult } from './command-output';
import { fail, ok, warn, type Check } from './doctor/check';
import { checkDataFolder } from './doctor/check-data-folder';
import { checkMailAccount } from './doctor/check-mail';
import { checkNames, checkNetwork } from './doctor/check-network';
import { askHealth, checkPort } from './doctor/check-port';
import { checkBrowser, checkSystemDatabase, checkTrustedSources } from './doctor/check-system';
import { checkTenants } from './doctor/check-tenants';
import { checkTls } from './doctor/check-tls';
import { checkWindows } from './doctor/check-windows';
import { withInstallationOf } from './open-installation';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('checks everything that the gateway needs, and reports problems')
    .option('--json', 'prints one JSON object')
    .action(examine);
}

async function examine(options: { readonly json?: boolean }): Promise<void> {
  const { config, checks: ofSettings } = await findSettings();
  const checks = [
    ...ofSettings,
    ...(await checkDataFolder(config.dataDir)),
    ...(await checkWindows(config)),
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
    throw new GatewayError('doctor_found', `Problems found: ${names.join(', ')}.`);
  }
}

/** Those of the gateway that runs, where one does: the environment of this shell says nothing of it. */
async function findSettings(): Promise<{ readonly config: GatewayConfig; readonly checks: Check[] }> {
  const own = readConfig(process.env, process.cwd(), undefined, 'command');
  const running = readRunning(own, createFileSecretStore(own));
  if (!running || (await askHealth(running.config)) === undefined) {
    return { config: own, checks: [ok('settings', 'The environment makes sense.')] };
  }
  const { config, pid, unreadable } = running;
  const checks = [ok('settings', `These are the settings of the gateway that is running (process ${pid}).`)];
  if (unreadable.length > 0) {
    checks.push(
      warn(
        'settings',
        `${unreadable.join(', ')} cannot be read here. Run this with the GATEWAY_MASTER_KEY of the gateway.`,
      ),
    );
  }
  return { config, checks };
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
