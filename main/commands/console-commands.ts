import type { Command } from 'commander';
import { buildSignInUrl } from '../gateway/auth/console-address';
import { createConsoleLogin, linkValidMinutes } from '../gateway/auth/console-login';
import { printResult } from './command-output';
import { findConsoleUrl } from './find-console-url';
import { withInstallation } from './open-installation';
import { readNewPassword } from './read-password';

interface JsonOption {
  readonly json?: boolean;
}

export function addConsoleCommands(program: Command): void {
  const command = program.command('console').description('signing in to the console of a headless gateway');

  command
    .command('link')
    .description(`prints an address that signs in, once, within ${linkValidMinutes} minutes`)
    .option('--json', 'prints one JSON object')
    .action(makeLink);

  command
    .command('password')
    .description('sets the password, typed in or read from stdin; everyone is signed out')
    .option('--json', 'prints one JSON object')
    .action(setPassword);

  command
    .command('sign-out-all')
    .description('signs everyone out and invalidates unused links')
    .option('--json', 'prints one JSON object')
    .action(signOutAll);
}

async function makeLink(options: JsonOption): Promise<void> {
  await withInstallation(async ({ config, system, audit }) => {
    const consoleUrl = await findConsoleUrl(config, system);
    const { token, expiresAt } = await createConsoleLogin(system).makeLink();
    await audit('console.link_made', null);
    const url = buildSignInUrl(consoleUrl, token);
    printResult(options.json, { url, expires_at: expiresAt.toISOString() }, [
      url,
      `It signs in once, until ${expiresAt.toISOString()}.`,
    ]);
  });
}

async function setPassword(options: JsonOption): Promise<void> {
  // Before the database is opened: whoever types takes longer than it should be held.
  const password = await readNewPassword();
  await withInstallation(async ({ system, audit }) => {
    await createConsoleLogin(system).setPassword(password);
    await audit('console.password_set', null);
    printResult(options.json, { success: true }, [
      'The password of the console is set; whoever was signed in is signed out.',
    ]);
  });
}

async function signOutAll(options: JsonOption): Promise<void> {
  await withInstallation(async ({ system, audit }) => {
    const sessions = await createConsoleLogin(system).endAllSessions();
    await audit('console.signed_out_all', null, { sessions });
    printResult(options.json, { success: true, sessions }, [
      sessions === 1 ? 'One session was ended.' : `${sessions} sessions were ended.`,
    ]);
  });
}
