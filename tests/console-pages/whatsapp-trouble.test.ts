import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { listProcesses } from '../../main/gateway/whatsapp/process-tree';
import { startDisplay, whyNoDisplay, type Display } from '../electron/start-display';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';
import { createLook, type Look } from './look-at-page';
import { browserPath, openConsole, type ConsoleWindow, type TestConsole } from './open-console';

const whySkipped = browserPath === undefined ? 'no Chromium' : whyNoDisplay;

describe.skipIf(whySkipped !== undefined)('WhatsApp cards in trouble', () => {
  let folder: string;
  let display: Display;
  let database: TestDatabase;
  let simulator: WhatsAppSimulator;
  let served: TestConsole;
  let window: ConsoleWindow;
  let look: Look;
  let phone: SimulatedPhone;
  /** the browser as an administrator might replace it */
  let browser: string;

  const card = (name: string) => window.page.getByRole('region', { name, exact: true });
  /** The test's browser, which works or does not start. */
  async function setBrowser(works: boolean): Promise<void> {
    await writeFile(browser, works ? `#!/bin/sh\nexec "${browserPath}" "$@"\n` : '#!/bin/sh\nexit 1\n');
    await chmod(browser, 0o755);
  }
  const findBrowser = async () =>
    (await listProcesses()).find(
      ({ command }) =>
        command.includes(`--user-data-dir=${join(served.gateway.dataDir, 'whatsapp')}`) &&
        !command.includes('--type='),
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'modular-gateway-trouble-'));
    browser = join(folder, 'chromium');
    await setBrowser(true);
    display = await startDisplay();
    vi.stubEnv('DISPLAY', display.name);
    simulator = await createWhatsAppSimulator();
    served = await openConsole({
      env: {
        PUPPETEER_EXECUTABLE_PATH: browser,
        WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `'${arg}'`).join(' '),
      },
    });
    database = await createTestDatabase();
    await served.gateway.addTenant({ customerId: 'ACC001' });
    await served.call('tenants.rename', { customerId: 'ACC001', name: 'Nkosi & Sons' });
    window = await served.openWindow();
    look = createLook(window.page, 'whatsapp');
  }, 180_000);
  afterAll(async () => {
    await window.close();
    await served.stop();
    await simulator.stop();
    await database.stop();
    vi.unstubAllEnvs();
    await display.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('a phone is linked in a window of the installed browser, where there is a screen', async () => {
    await window.goTo('/whatsapp');
    const nkosi = card('Nkosi & Sons');
    await nkosi.getByRole('button', { name: 'More actions for Nkosi & Sons' }).click();
    const item = window.page.getByRole('menuitem', { name: 'Link in a window on this computer' });
    await item.waitFor();
    await look('menu');
    await item.click();
    await window.page.getByText('A browser window is opening on this computer.').waitFor();
    const code = nkosi.getByRole('img', { name: /^QR code/ });
    await code.waitFor();
    await look('visible');
    expect((await findBrowser())?.command).not.toContain('--headless');
    phone = simulator.createPhone('27820000001');
    await simulator.scanPicture(phone, (await code.getAttribute('src')) ?? '');
    await nkosi.getByText('Connected', { exact: true }).waitFor();
  });

  test('after many tries it waits for a person, who is told what to do, and whose press connects it', async () => {
    const nkosi = card('Nkosi & Sons');
    await setBrowser(false);
    process.kill((await findBrowser())!.pid, 'SIGKILL');
    await nkosi.getByText('Connection lost.', { exact: false }).waitFor();
    await look('lost');
    // A machine that wakes up tries at once, instead of after minutes.
    await waitUntil(
      async () => {
        served.gateway.gateway.suspend();
        served.gateway.gateway.resume();
        const { cards } = await served.call('whatsapp.list', {});
        return cards[0]?.needsPerson;
      },
      { what: 'the gateway to give up', intervalMs: 200 },
    );
    await nkosi.getByText('and stopped trying', { exact: false }).waitFor();
    await nkosi.getByText('Needs attention').waitFor();
    await look('given-up');
    await setBrowser(true);
    await nkosi.getByRole('button', { name: 'Connect', exact: true }).click();
    await nkosi.getByText('Connected', { exact: true }).waitFor();
  });

  test('a link that WhatsApp did not accept is to be scanned anew', async () => {
    // As the last run of the gateway left it.
    const before = await served.gateway.addTenant({ customerId: 'ACC002', databaseUrl: database.url });
    await before.sql(
      `insert into settings.whatsapp_sessions (customer_id, status, error_message, last_updated)
       values ('ACC002', 'auth_failed', 'The login was refused.', now() - interval '2 hours')
       on conflict (customer_id) do update set status = excluded.status, error_message = excluded.error_message`,
    );
    await served.call('tenants.remove', {
      customerId: 'ACC002',
      confirmation: 'ACC002',
      dropDatabase: false,
    });
    await served.call('tenants.add', {
      customerId: 'ACC002',
      name: 'Karoo Dental',
      databaseUrl: database.url,
    });
    await window.goTo('/whatsapp');
    const karoo = card('Karoo Dental');
    await karoo.getByText('Rejected').waitFor();
    await karoo.getByText('Needs attention').waitFor();
    await karoo.getByText('WhatsApp no longer accepts this link.', { exact: false }).waitFor();
    await look('auth-failed');
    await karoo.getByRole('button', { name: 'Connect', exact: true }).click();
    await karoo.getByRole('img', { name: /^QR code/ }).waitFor();
  });

  test('a tenant whose database is away is not told to press anything, on any page', async () => {
    await served.call('whatsapp.logout', { customerId: 'ACC002' });
    await database.stop();
    await window.goTo('/whatsapp');
    const karoo = card('Karoo Dental');
    await karoo.getByText("This tenant's database isn't responding", { exact: false }).waitFor();
    await expect.poll(() => karoo.getByRole('button').count()).toBe(0);
    await look('database-away');
    await karoo.getByRole('link', { name: 'Check tenant' }).click();
    await window.page.getByRole('heading', { level: 1, name: 'Karoo Dental' }).waitFor();
    await window.page
      .getByRole('alert')
      .filter({ hasText: "Nothing can be sent until it's back." })
      .waitFor();
    await look('tenant-away');
    await window.goTo('/tenants');
    await window.page
      .getByRole('row', { name: /Karoo Dental/ })
      .getByText("Database isn't responding")
      .waitFor();
    await look('tenants-away');
    await window.goTo('/history');
    await window.page.getByText("The database of Karoo Dental isn't responding", { exact: false }).waitFor();
    await window.goTo('/');
    await window.page
      .getByRole('link', { name: "Check tenant: The database of Karoo Dental isn't responding" })
      .waitFor();
    await look('overview-away');
  });

  test('every state can be read by everybody, and fits', () => {
    expect(look.problems).toEqual([]);
  });
});
