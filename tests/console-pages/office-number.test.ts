import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { createLook, type Look } from './look-at-page';
import {
  browserPath,
  fitsSideways,
  openConsole,
  screenSizes,
  takeScreenshot,
  takeScreenshots,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

describe.skipIf(browserPath === undefined)('the office number', () => {
  let simulator: WhatsAppSimulator;
  let served: TestConsole;
  let window: ConsoleWindow;
  let page: Page;
  let tenant: TestTenant;
  let look: Look;

  beforeAll(async () => {
    simulator = await createWhatsAppSimulator();
    served = await openConsole({
      env: { WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `'${arg}'`).join(' ') },
    });
    tenant = await served.gateway.addTenant({ customerId: 'ACC003', settings: { email_enabled: false } });
    await served.call('tenants.rename', { customerId: 'ACC003', name: 'Nkosi & Sons' });
    window = await served.openWindow();
    page = window.page;
    look = createLook(page, 'office');
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
  const codeOf = async () => {
    const code = card('Office number').getByRole('img', { name: /QR code/ });
    await code.waitFor();
    return (await code.getAttribute('src')) ?? '';
  };

  test('is offered in a sentence, and set up by scanning a code', async () => {
    await window.goTo('/whatsapp');
    await card('Office number').getByText('Optional: one number of yours').waitFor();
    await look('offered');
    await takeScreenshots(page, 'office-offered', ['phone']);
    await page.setViewportSize(screenSizes.small);
    await card('Office number').getByRole('button', { name: 'Set up' }).click();
    const phone = simulator.createPhone('27829990000');
    const picture = await codeOf();
    await look('code');
    await simulator.scanPicture(phone, picture);
    await card('Office number').getByText('Sending normally.').waitFor();
    await card('Office number').getByText('1 tenant without a phone of its own sends from this').waitFor();
    await card('Nkosi & Sons').getByText('Sends from the office number.').waitFor();
    phone.write('27830000009', 'Are you open on Saturday?');
    await card('Office number').getByText('Are you open on Saturday?').waitFor();
    await look('linked');
    await takeScreenshots(page, 'office-linked', ['phone']);
    expect(await fitsSideways(page)).toBe(true);
    await page.setViewportSize(screenSizes.small);
  });

  test('a tenant chooses it in its settings, and a message says that it left by it', async () => {
    await window.goTo('/tenants/ACC003?tab=channels');
    await page.getByRole('radio', { name: 'Office number, until a phone is linked' }).waitFor();
    await look('tenant');
    const { id } = await waitUntil(
      async () => {
        const sent = await served.call('tenants.sendTest', {
          customerId: tenant.customerId,
          channel: 'whatsapp',
          recipient: '+27820000002',
        });
        return sent.status === 'sent' && { id: sent.deliveryId };
      },
      { what: 'a test to leave' },
    );
    await window.goTo(`/history/ACC003/${id}`);
    await page.getByText('Sent from').waitFor();
    await page.getByText('Nkosi & Sons:', { exact: false }).first().waitFor();
    await look('delivery');
  });

  test('is removed', async () => {
    await window.goTo('/whatsapp');
    await card('Office number').getByRole('button', { name: 'Remove…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove the office number?' });
    await dialog.getByRole('button', { name: 'Remove' }).waitFor();
    await look('remove');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await card('Office number').getByRole('button', { name: 'Set up' }).waitFor();
  });

  test('everybody can use it', () => {
    expect(look.problems).toEqual([]);
    expect(window.complaints).toEqual([]);
  });
});
