import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import type { TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { createLook, type Look } from './look-at-page';
import {
  browserPath,
  openConsole,
  takeScreenshot,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

/** Long enough to be scanned on a busy machine, short enough to see the code change. */
const refIntervalMs = 8_000;

describe.skipIf(browserPath === undefined)('WhatsApp', () => {
  let simulator: WhatsAppSimulator;
  let served: TestConsole;
  let window: ConsoleWindow;
  let page: Page;
  let tenant: TestTenant;
  /** linked by its number, and unlinked again */
  let paired: SimulatedPhone | undefined;
  let look: Look;

  beforeAll(async () => {
    simulator = await createWhatsAppSimulator({ refIntervalMs });
    served = await openConsole({
      env: { WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `'${arg}'`).join(' ') },
    });
    window = await served.openWindow();
    page = window.page;
    look = createLook(page, 'whatsapp');
    await page.getByRole('navigation').waitFor();
    // Shortened transitions of every element follow each other down the page: colours are late for axe.
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });
  afterAll(async () => {
    await window.close();
    await served.stop();
    await simulator.stop();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await takeScreenshot(page, `failed-${task.name.slice(0, 30)}`);
  });

  const card = (name: string) => page.getByRole('region', { name, exact: true });

  test('without tenants it says where to begin', async () => {
    await window.goTo('/whatsapp');
    await page.getByRole('link', { name: 'Go to Tenants' }).waitFor();
    await look('empty');
  });

  test('a card for each tenant; looking at them starts nothing', async () => {
    tenant = await served.gateway.addTenant({
      customerId: 'ACC003',
      settings: { whatsapp_min_gap_ms: 0, whatsapp_max_gap_ms: 0 },
    });
    await served.call('tenants.rename', { customerId: 'ACC003', name: 'Nkosi & Sons' });
    await served.call('tenants.add', { customerId: 'ACC004', name: 'Cape Accounting' });
    await served.call('tenants.add', { customerId: 'ACC005', name: 'Mokoena Plumbing' });
    await served.call('tenants.saveSettings', {
      customerId: 'ACC005',
      values: { whatsapp_enabled: false },
    });
    await window.goTo('/whatsapp');
    await card('Nkosi & Sons').getByText('No phone is linked yet').waitFor();
    await page
      .getByRole('note')
      .filter({ hasText: 'WhatsApp is off for 1 tenant: Mokoena Plumbing' })
      .waitFor();
    await look('cards');
    expect(simulator.counts.loads).toBe(0);
  });

  test('a code is shown large, changes by itself, and is scanned from the screen', async () => {
    const nkosi = card('Nkosi & Sons');
    await nkosi.getByRole('button', { name: 'Connect' }).click();
    const code = nkosi.getByRole('img', { name: 'QR code to link Nkosi & Sons to WhatsApp' });
    await code.waitFor();
    await nkosi.getByText('Waiting for a scan').waitFor();
    const box = await code.boundingBox();
    expect(box?.width).toBeGreaterThanOrEqual(320);
    await expect
      .poll(() => code.evaluate((image) => getComputedStyle(image).imageRendering))
      .toBe('pixelated');
    await nkosi.getByText(/Time left to scan: \d:\d\d/).waitFor();

    const first = await code.getAttribute('src');
    await waitUntil(async () => (await code.getAttribute('src')) !== first, {
      what: 'the code to change by itself',
    });
    // When the next one comes is known once two have come.
    await nkosi.getByText(/New code in \d+ s/).waitFor();
    await look('code');
    await nkosi.getByRole('button', { name: 'Show larger' }).click();
    const large = page.getByRole('dialog').getByRole('img', { name: /QR code/ });
    await large.waitFor();
    await look('code-large');
    await page.setViewportSize({ width: 1600, height: 1000 });
    await waitUntil(async () => ((await large.boundingBox())?.width ?? 0) > 600, {
      what: 'the code to grow with the window',
    });
    await page.setViewportSize({ width: 1024, height: 700 });
    await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click();

    const phone = simulator.createPhone('27820000001');
    // What a camera sees: the picture that is on the screen now.
    await simulator.scanPicture(phone, (await code.getAttribute('src')) ?? '');
    await nkosi.getByText('Connected', { exact: true }).waitFor();
    await nkosi.getByText('+27820000001').waitFor();
    await expect.poll(() => code.count()).toBe(0);
  });

  test('a message leaves, and the card counts it', async () => {
    simulator.createPhone('27820000002');
    await window.goTo('/tenants/ACC003?tab=channels');
    const channel = page.getByRole('region', { name: 'WhatsApp' });
    await channel.getByLabel('Test number').fill('+27 82 000 0002');
    await channel.getByRole('button', { name: 'Send test' }).click();
    await channel.getByText(/Test sent in/).waitFor();
    await window.goTo('/whatsapp');
    const nkosi = card('Nkosi & Sons');
    await nkosi.getByText('1 of 50').waitFor();
    await look('connected');
  });

  test('logging out asks first; afterwards the card needs somebody', async () => {
    const nkosi = card('Nkosi & Sons');
    await nkosi.getByRole('button', { name: 'More actions for Nkosi & Sons' }).click();
    await page.getByRole('menuitem', { name: 'Log out…' }).click();
    const ask = page.getByRole('dialog', { name: 'Log Nkosi & Sons out of WhatsApp?' });
    await ask.getByText('+27820000001').waitFor();
    await look('logout');
    await ask.getByRole('button', { name: 'Log out', exact: true }).click();
    await nkosi.getByText('Logged out', { exact: true }).waitFor();
    await nkosi.getByText('Connect again and scan a new code').waitFor();
  });

  test('messages wait, and the card that needs somebody comes first', async () => {
    await tenant.post('/api/events', {
      event_type: 'invoice:sent',
      event_data: {
        invoice_id: 1,
        client_email: 'client@example.com',
        client_phone: '+27820000002',
        invoice_number: 'INV-1',
        total_amount: 1500,
      },
    });
    await card('Nkosi & Sons').getByText('1 message is waiting for the connection').waitFor();
    await window.goTo('/');
    await window.goTo('/whatsapp');
    await card('Nkosi & Sons').waitFor();
    await expect
      .poll(() => page.getByRole('heading', { level: 2 }).allInnerTexts())
      .toEqual(['Nkosi & Sons', 'Cape Accounting', 'Office number']);
    await look('needs-somebody');
  });

  test('a phone is linked by its number as well', async () => {
    const nkosi = card('Nkosi & Sons');
    await nkosi.getByRole('button', { name: 'More actions for Nkosi & Sons' }).click();
    await page.getByRole('menuitem', { name: 'Link with a phone number instead' }).click();
    const dialog = page.getByRole('dialog', { name: 'Link Nkosi & Sons with a phone number' });
    await dialog.getByLabel('Phone number to send from').fill('12');
    await expect.poll(() => dialog.getByRole('button', { name: 'Get code' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Phone number to send from').fill('no number');
    await dialog.getByRole('button', { name: 'Get code' }).click();
    await dialog.getByRole('alert').waitFor();
    paired = simulator.createPhone('27820000003');
    await dialog.getByLabel('Phone number to send from').fill('082 000 0003');
    await dialog.getByRole('button', { name: 'Get code' }).click();
    const code = dialog.getByRole('img', { name: /Pairing code/ });
    await code.waitFor();
    const shown = await code.innerText();
    expect(shown).toMatch(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
    await look('pairing');
    await simulator.enterPairingCode(paired, shown.replace('-', ''));
    await dialog.getByText('Phone linked.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await nkosi.getByText('+27820000003').waitFor();
  });

  test('unlinked on the phone: said plainly, at once', async () => {
    paired?.unlink({ style: 'LOGOUT' });
    await card('Nkosi & Sons').getByText('Needs attention').waitFor();
    await card('Nkosi & Sons').getByRole('button', { name: 'Connect' }).waitFor();
  });

  test('every state can be read by everybody, and fits', () => {
    expect(look.problems).toEqual([]);
  });
});
