import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, stat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { _electron } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { findElectron } from './electron-runtime';
import { inMain } from './in-main';
import {
  desktopEnvironment,
  dropDatabase,
  launchDesktop,
  rootSwitches,
  type LaunchedDesktop,
  skipSetup,
} from './launch-desktop';
import { startDisplay, whyNoDisplay, type Display } from './start-display';
import { watchShell, type ShellWatch } from './watch-shell';

const { runtime, reason } = await findElectron();
const whySkipped = reason ?? whyNoDisplay;
const customerId = 'HABIT1';

describe.skipIf(whySkipped !== undefined)(
  `how the desktop app behaves on an office PC (${whySkipped ?? runtime!.version})`,
  () => {
    let display: Display;
    beforeAll(async () => {
      display = await startDisplay();
    });
    afterAll(() => display.stop());

    describe('with a tenant that sends mail', () => {
      let mails: MailCatcher;
      let desktop: LaunchedDesktop;
      let shell: ShellWatch;
      let apiKey: string;

      beforeAll(async () => {
        mails = await startMailCatcher();
        desktop = await launchDesktop({
          display,
          env: {
            SYSTEM_SMTP_HOST: mails.host,
            SYSTEM_SMTP_PORT: String(mails.port),
            SYSTEM_SMTP_FROM_EMAIL: 'office@example.com',
          },
        });
        shell = await watchShell(desktop.app);
        ({ apiKey } = await desktop.ask('tenants.add', { customerId, name: 'Karoo Dental' }));
        await waitUntil(async () => (await desktop.call('tenants.get', { customerId })).ok, {
          what: 'the tenant to be served',
        });
        await skipSetup(desktop);
      }, 150_000);
      afterAll(async () => {
        await desktop.call('tenants.remove', { customerId, confirmation: customerId, dropDatabase: true });
        await desktop.stop();
        await mails.stop();
      });

      const said = 'Karoo Dental: 1 message failed.';
      const heading = (name: string) => desktop.page.getByRole('heading', { level: 1, name }).waitFor();
      async function post(email: string): Promise<number> {
        const { port } = await desktop.ask('gateway.info', {});
        const answer = await fetch(`http://127.0.0.1:${port}/api/events`, {
          method: 'POST',
          headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
          body: JSON.stringify(invoiceEvent({ client_email: email })),
        });
        expect(answer.status).toBe(202);
        const { deliveries } = (await answer.json()) as { deliveries: { id: number }[] };
        return deliveries[0]!.id;
      }
      const untilFailed = (count: number) =>
        waitUntil(
          async () => {
            const { attention } = await desktop.ask('overview.get', {});
            return attention.find(({ kind }) => kind === 'failed_messages')?.count === count;
          },
          { what: `${count} failed messages to be told of` },
        );

      test('the machine stays awake while a message waits, and may sleep once it has left', async () => {
        expect(await shell.isKeptAwake()).toBe(false);
        mails.behave({ stage: 'rcpt', code: 451, text: 'busy, come back later' });
        const id = await post('patient@example.com');
        await waitUntil(() => shell.isKeptAwake(), {
          what: 'the machine to be kept awake',
        });
        mails.reset();
        // Whoever does not want to wait for the next try; one may just be under way.
        await desktop.call('history.retry', { customerId, id });
        await mails.waitForMail((mail) => mail.to.includes('patient@example.com'), 60_000);
        await waitUntil(async () => !(await shell.isKeptAwake()), {
          what: 'the machine to be let go',
        });
      });

      test('tells of what needs a person once, and a click opens the page where it is solved', async () => {
        mails.behave({ stage: 'rcpt', code: 550, text: 'no such user' });
        await inMain(desktop.app, ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.hide());
        await post('gone@example.com');
        await waitUntil(async () => (await shell.notifications()).includes(said), {
          what: 'the notification',
        });
        await post('gone.too@example.com');
        await untilFailed(2);
        expect((await shell.notifications()).filter((one) => one.startsWith('Karoo Dental'))).toEqual([said]);

        await shell.clickNotification(said);
        await waitUntil(
          () => inMain(desktop.app, ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.isVisible()),
          { what: 'the window to be back' },
        );
        await heading('History');
        expect(desktop.page.url()).toContain(`#/history?customerId=${customerId}&status=failed`);
        await desktop.page.getByText('gone@example.com').first().waitFor();
        mails.reset();
      });

      test('says nothing to whoever does not want to be told', async () => {
        await desktop.ask('desktop.setPreferences', { notifications: false });
        const before = await shell.notifications();
        // Something new that needs a person: the tray tells of it, and is told at the same moment.
        await desktop.ask('settings.save', { values: { LOG_LEVEL: 'debug' } });
        await desktop.page.getByRole('link', { name: 'Overview' }).click();
        await desktop.page.getByRole('link', { name: /^Restart: Restart to apply changes/ }).waitFor();
        expect(await shell.notifications()).toEqual(before);
        await desktop.ask('settings.save', { values: { LOG_LEVEL: null } });
        await desktop.ask('desktop.setPreferences', { notifications: true });
      });

      test('a backup is saved where a person says, brought in again, and restored to what was', async () => {
        const { page } = desktop;
        await page.getByRole('link', { name: 'Settings' }).click();
        await page.getByRole('link', { name: 'Data and backup' }).click();
        await page.getByRole('button', { name: 'Create backup' }).click();
        await page.getByText('Backup created.').waitFor();
        const [made] = (await desktop.ask('backups.list', {})).backups;
        const name = made!.name;
        const save = page.getByRole('button', { name: `Save a copy of ${name}` });

        await shell.answerDialogs({});
        await save.click();
        await waitUntil(async () => (await shell.dialogs()).length === 1, { what: 'the first dialog' });
        expect(basename((await shell.dialogs())[0]?.defaultPath ?? '')).toBe(name);

        const saved = join(desktop.dataDir, 'elsewhere.tar.gz');
        await shell.answerDialogs({ save: saved });
        await save.click();
        await page.getByText(`Saved to ${saved}`).waitFor();
        expect((await stat(saved)).size).toBe(made!.bytes);
        await expect.poll(() => page.getByText(/^Saved to/).count()).toBe(1);

        const brought = join(desktop.dataDir, 'from the old computer.tar.gz');
        await rename(saved, brought);
        await shell.answerDialogs({ open: brought });
        const bringIn = page.getByRole('button', { name: 'Import a backup' });
        await bringIn.click();
        await page.getByRole('cell', { name: 'from the old computer.tar.gz', exact: true }).waitFor();
        expect((await shell.dialogs()).at(-1)?.title).toBe('Choose a backup');
        await bringIn.click();
        await page.getByText('There is a backup called from the old computer.tar.gz already.').waitFor();

        await desktop.ask('tenants.rename', { customerId, name: 'After the backup' });
        const { startedAt } = await desktop.ask('gateway.info', {});
        await page.getByRole('button', { name: 'More actions for from the old computer.tar.gz' }).click();
        await page.getByRole('menuitem', { name: 'Restore' }).click();
        const dialog = page.getByRole('dialog', { name: 'Restore this backup?' });
        await dialog.getByRole('textbox').fill('from the old computer.tar.gz');
        await dialog.getByRole('button', { name: 'Restore' }).click();
        // The gateway starts again meanwhile; the page comes back to where it was, and says how it went.
        await page.getByText('Backup restored.').waitFor({ timeout: 90_000 });
        expect((await desktop.ask('gateway.info', {})).startedAt).not.toBe(startedAt);
        await page.getByText(/^Before, it was as in before-restore-/).waitFor();
        await page.getByRole('link', { name: 'Tenants', exact: true }).click();
        await page.getByRole('link', { name: 'Karoo Dental' }).waitFor();
        await page.getByRole('link', { name: 'History' }).click();
        await page.getByRole('link', { name: /to patient@example\.com, Sent/ }).waitFor();
        // What was told before the restart is neither taken back nor told again.
        await untilFailed(2);
        expect((await shell.notifications()).filter((one) => one === said)).toEqual([said]);
      });
    });

    test('the window is where it was at the next start', async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'modular-gateway-window-'));
      const place = { x: 90, y: 60, width: 1_120, height: 730 };
      const readPlace = (desktop: LaunchedDesktop) =>
        inMain(desktop.app, ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBounds());
      try {
        const first = await launchDesktop({ display, dataDir, until: 'window' });
        try {
          expect(await readPlace(first)).not.toEqual(place);
          await inMain(
            first.app,
            ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]!.setBounds(bounds),
            place,
          );
          const file = join(dataDir, 'desktop', 'window.json');
          await waitUntil(
            async () => {
              const kept = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as object;
              return JSON.stringify(kept) === JSON.stringify({ ...place, isMaximized: false });
            },
            { what: 'the place to be kept' },
          );
        } finally {
          await first.stop();
        }
        const second = await launchDesktop({ display, dataDir, until: 'window' });
        try {
          expect(await readPlace(second)).toEqual(place);
        } finally {
          await second.stop();
        }
      } finally {
        await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
      }
    });

    test('started at login the gateway runs without a window, until somebody opens one', async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'modular-gateway-hidden-'));
      const database = `gateway_hidden_${process.pid}`;
      const env = {
        ...(process.env as Record<string, string>),
        DISPLAY: display.name,
        ...desktopEnvironment(dataDir, database),
      };
      const app = await _electron.launch({
        executablePath: runtime!.executable,
        args: [resolve('.'), ...rootSwitches, '--hidden'],
        cwd: tmpdir(),
        env,
      });
      try {
        const log = join(dataDir, 'logs', 'combined.log');
        const port = await waitUntil(
          async () => {
            const text = await readFile(log, 'utf8').catch(() => '');
            const line = text.split('\n').find((entry) => entry.includes('"message":"listening"'));
            return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port;
          },
          { what: 'the gateway to listen' },
        );
        expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
        const countWindows = () => inMain(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
        expect(await countWindows()).toBe(0);

        const opened = app.waitForEvent('window');
        const again = spawn(runtime!.executable, [resolve('.'), ...rootSwitches], {
          cwd: tmpdir(),
          env,
          stdio: 'ignore',
        });
        expect(await once(again, 'exit')).toEqual([0, null]);
        await (await opened).getByRole('heading', { level: 1, name: 'Welcome' }).waitFor();
        expect(await countWindows()).toBe(1);

        const start = (...switches: string[]) => {
          const args = [resolve('.'), ...rootSwitches, ...switches];
          return spawn(runtime!.executable, args, {
            cwd: tmpdir(),
            env,
            stdio: ['ignore', 'pipe', 'ignore'],
          });
        };
        // As a command line, beside the app that runs.
        const command = start('--cli', 'tenant', 'list', '--json');
        let said = '';
        command.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
        expect(await once(command, 'close')).toEqual([0, null]);
        expect(JSON.parse(said)).toEqual({ tenants: [] });

        // What installers, updates and `npm start` on Windows do: ask it to end, and wait for that.
        const ended = once(app.process(), 'exit');
        const asking = start('--quit');
        expect(await once(asking, 'exit')).toEqual([0, null]);
        expect(await ended).toEqual([0, null]);
        expect(await readFile(log, 'utf8')).toContain('gateway.stopped');
        // And where none runs there is nothing to wait for.
        expect(await once(start('--quit'), 'exit')).toEqual([0, null]);
      } finally {
        await app.close().catch(() => undefined);
        await dropDatabase(database);
        await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
      }
    });
  },
);
