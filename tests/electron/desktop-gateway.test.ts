import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { listProcesses } from '../../main/gateway/whatsapp/process-tree';
import { startMailCatcher } from '../simulators/mail-catcher';
import { createWhatsAppSimulator } from '../simulators/whatsapp-web/create-whatsapp-simulator';
import { invoiceEvent } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { findElectron } from './electron-runtime';
import { inMain } from './in-main';
import { launchDesktop, type LaunchedDesktop } from './launch-desktop';
import { startDisplay, whyNoDisplay, type Display } from './start-display';

const { runtime, reason } = await findElectron();
const whySkipped = reason ?? whyNoDisplay;

/** By contract a stop takes at most 10 s; Electron's own end comes on top. */
const quitWithinMs = 12_000;

async function postEvent(desktop: LaunchedDesktop, apiKey: string): Promise<void> {
  const { port } = await desktop.ask('gateway.info', {});
  const answer = await fetch(`http://127.0.0.1:${port}/api/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(invoiceEvent()),
  });
  expect(answer.status).toBe(202);
}

/** Of the one delivery, looked up without the gateway. */
async function readStatus(databaseUrl: string): Promise<string | undefined> {
  // The console masks the password: the run's own superuser looks.
  const address = new URL(inject('postgresAdminUrl'));
  address.pathname = new URL(databaseUrl).pathname;
  const client = new pg.Client({ connectionString: address.href });
  await client.connect();
  try {
    const { rows } = await client.query<{ status: string }>('select status from message_deliveries');
    expect(rows).toHaveLength(1);
    return rows[0]?.status;
  } finally {
    await client.end();
  }
}

async function dropTenantDatabase(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresAdminUrl') });
  await client.connect();
  try {
    const { pathname, username } = new URL(databaseUrl);
    await client.query(`drop database if exists "${pathname.slice(1)}" with (force)`);
    await client.query(`drop role if exists "${decodeURIComponent(username)}"`);
  } finally {
    await client.end();
  }
}

describe.skipIf(whySkipped !== undefined)(
  `the gateway in the desktop app (${whySkipped ?? runtime!.version})`,
  () => {
    let display: Display;
    let desktop: LaunchedDesktop | undefined;

    beforeAll(async () => {
      display = await startDisplay();
    });
    afterAll(() => display.stop());

    test('a start that fails is shown in words, and can be tried again', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'modular-gateway-broken-'));
      const dataDir = join(folder, 'data');
      // A file where the folder should be.
      await writeFile(dataDir, '');
      const own = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') };
      desktop = await launchDesktop({ display, dataDir, env: own, until: 'failed' });
      try {
        const { error } = await desktop.ask('desktop.state', {});
        expect(error).toContain(dataDir);
        await desktop.page.getByText("The gateway couldn't start").waitFor();
        await desktop.page.getByText(error!).first().waitFor();
        expect(await desktop.call('gateway.info', {})).toMatchObject({
          problem: { code: 'gateway_not_running', message: error },
        });

        await rm(dataDir);
        await desktop.page.getByRole('button', { name: 'Try again' }).click();
        await desktop.waitForState('running');
        expect(await desktop.ask('gateway.info', {})).toMatchObject({ dataDir });
      } finally {
        await desktop.stop();
        await rm(folder, { recursive: true, force: true });
      }
    });

    test('a setting that makes no sense is named', async () => {
      desktop = await launchDesktop({ display, env: { PORT: 'tomorrow' }, until: 'failed' });
      try {
        expect((await desktop.ask('desktop.state', {})).error).toMatch(/^PORT holds "tomorrow"/);
      } finally {
        await desktop.stop();
      }
    });

    test('where another program has the port it takes the next free one, and restarts on its own', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      desktop = await launchDesktop({ display, env: { PORT: String(port) } });
      try {
        const info = await desktop.ask('gateway.info', {});
        expect(info.wantedPort).toBe(port);
        expect(info.port).toBeGreaterThan(port);
        expect(info.port).toBeLessThanOrEqual(port + 20);

        other.close();
        await once(other, 'close');
        await desktop.ask('gateway.restart', {});
        await waitUntil(
          async () => {
            const again = await desktop!.call('gateway.info', {});
            return again.ok && again.value.startedAt !== info.startedAt && again.value.port === port;
          },
          { what: 'the gateway to be back' },
        );
      } finally {
        other.close();
        await desktop.stop();
      }
    });

    test('settings that do not start give way to those before, which says so', async () => {
      desktop = await launchDesktop({ display, env: { LOG_LEVEL: '' } });
      try {
        const { startedAt } = await desktop.ask('gateway.info', {});
        const file = join(desktop.dataDir, 'settings.json');
        await writeFile(file, JSON.stringify({ values: { LOG_LEVEL: 'everything' } }));
        await desktop.ask('gateway.restart', {});
        const restarted = async () => {
          const answer = await desktop!.call('gateway.info', {});
          return answer.ok && answer.value.startedAt !== startedAt ? answer.value : undefined;
        };
        await waitUntil(async () => (await restarted()) !== undefined, {
          what: 'the gateway to be back',
        });
        expect((await restarted())?.restartProblem).toMatch(/^LOG_LEVEL holds "everything"/);
      } finally {
        await desktop.stop();
      }
    });

    test.each([
      { behaviour: { stage: 'data', delayMs: 1_500 }, status: 'sent', mails: 1 },
      { behaviour: { stage: 'data', hang: true }, status: 'pending', mails: 0 },
    ] as const)('quitting with a mail in flight leaves it $status', async ({ behaviour, status, mails }) => {
      const catcher = await startMailCatcher();
      catcher.behave(behaviour);
      const env = { SYSTEM_SMTP_HOST: catcher.host, SYSTEM_SMTP_PORT: String(catcher.port) };
      desktop = await launchDesktop({ display, env });
      const { apiKey, databaseUrl } = await desktop.ask('tenants.add', { customerId: 'QUIT01' });
      const shown = desktop;
      try {
        await waitUntil(async () => (await shown.call('tenants.get', { customerId: 'QUIT01' })).ok, {
          what: 'the tenant to be served',
        });
        await postEvent(desktop, apiKey);
        await catcher.waitForRecipients(1);
        const startedAt = performance.now();
        const closed = desktop.app.waitForEvent('close');
        await inMain(desktop.app, ({ app }) => app.quit());
        await closed;
        expect(performance.now() - startedAt).toBeLessThan(quitWithinMs);
        expect(catcher.count).toBe(mails);
        expect(await readStatus(databaseUrl)).toBe(status);
      } finally {
        await desktop.stop();
        await catcher.stop();
        await dropTenantDatabase(databaseUrl);
      }
    });

    test('WhatsApp is paired by a scan of the shown code, in a browser that is the app itself', async () => {
      const simulator = await createWhatsAppSimulator();
      const args = simulator.browserArgs.map((arg) => `'${arg}'`).join(' ');
      desktop = await launchDesktop({ display, env: { WHATSAPP_BROWSER_ARGS: args } });
      const shown = desktop;
      const { databaseUrl } = await shown.ask('tenants.add', { customerId: 'SCAN01' });
      const card = async () => {
        const { cards } = await shown.ask('whatsapp.list', {});
        return cards.find(({ customerId }) => customerId === 'SCAN01');
      };
      try {
        await waitUntil(async () => (await card()) !== undefined, { what: 'the card' });
        await shown.ask('tenants.saveSettings', {
          customerId: 'SCAN01',
          values: { whatsapp_enabled: true },
        });
        await shown.ask('whatsapp.connect', { customerId: 'SCAN01', way: 'qr' });
        await waitUntil(async () => typeof (await card())?.qrCode === 'string', {
          what: 'the code',
        });
        const phone = simulator.createPhone('27821110077');
        await simulator.scanPicture(phone, (await card())!.qrCode!);
        await waitUntil(async () => (await card())?.status === 'ready', {
          what: 'WhatsApp to be ready',
        });
        expect(await card()).toMatchObject({ phone: '27821110077' });
        const hosts = async () =>
          (await listProcesses()).filter(
            ({ command }) => command.includes('--whatsapp-host') && command.includes(shown.dataDir),
          );
        expect((await hosts()).length).toBeGreaterThan(0);
        expect((await hosts()).every(({ command }) => command.includes(runtime!.executable))).toBe(true);

        await shown.app.close();
        expect(await hosts()).toEqual([]);
      } finally {
        await shown.stop();
        await simulator.stop();
        await dropTenantDatabase(databaseUrl);
      }
    });
  },
);
