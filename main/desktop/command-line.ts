import { join } from 'node:path';
import { config as readEnvFile } from 'dotenv';
import { app } from 'electron';
import { sealKeysWith } from '../gateway/secrets/secret-store';
import { findSeal } from './secret-store';

/** The installed app as a command line: `modular-gateway --cli doctor`. */
const cliSwitch = '--cli';

export const isCommandLine = (argv: readonly string[]): boolean => argv.includes(cliSwitch);

/**
 * Runs one command, without a window and beside a running app. It works on the installed app's data: under the same
 * `.env`, and with secrets that the account's keyring opens.
 */
export async function runCommandLine(): Promise<void> {
  app.dock?.hide();
  await app.whenReady();
  if (app.isPackaged) {
    readEnvFile({ path: join(app.getPath('userData'), '.env'), quiet: true });
    const seal = findSeal();
    if (seal) sealKeysWith(seal);
  }
  const args = process.argv.slice(process.argv.indexOf(cliSwitch) + 1);
  process.argv = [process.execPath, 'modular-gateway', ...args];
  await import('../cli');
  // A gateway that serves ends by itself.
  if (args[0] === 'serve' && process.exitCode === undefined) return;
  // What was printed has to be out first.
  process.stdout.write('', () => app.exit(Number(process.exitCode ?? 0)));
}
