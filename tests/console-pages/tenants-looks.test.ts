import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { createLook, type Look } from './look-at-page';
import {
  browserPath,
  fitsSideways,
  openConsole,
  takeScreenshot,
  takeScreenshots,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

const customerId = 'ACC003';
/** As long as a name may be. */
const longName = `The ${'very '.repeat(36)}long company`.slice(0, 200);

// Four pictures of each state: that takes its time on a busy machine.
describe.skipIf(browserPath === undefined)('how the pages of tenants look', () => {
  let mails: MailCatcher;
  let served: TestConsole;
  let window: ConsoleWindow;
  let page: Page;
  let look: Look;

  beforeAll(async () => {
    mails = await startMailCatcher();
    served = await openConsole();
    window = await served.openWindow();
    page = window.page;
    look = createLook(page, 'tenants');
    await page.getByRole('navigation').waitFor();
    // Shortened transitions of every element follow each other down the page: colours are late for axe.
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });
  afterAll(async () => {
    await window.close();
    await served.stop();
    await mails.stop();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await takeScreenshot(page, `failed-${task.name.slice(0, 30)}`);
  });

  const openTab = async (tab: string, more = '') => {
    await window.goTo(`/tenants/${customerId}?tab=${tab}${more}`);
    await page.getByRole('tabpanel').waitFor();
  };

  test('nobody yet, and the first one being added', async () => {
    await window.goTo('/tenants');
    await page.getByRole('heading', { name: 'No tenants yet' }).waitFor();
    await look('empty');
    await page.getByRole('button', { name: 'Add tenant' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Customer ID').fill(customerId);
    await dialog.getByLabel('Name').fill('Nkosi & Sons');
    await dialog.getByRole('switch', { name: 'Use an existing database' }).check();
    await dialog.getByRole('textbox', { name: 'Database address' }).waitFor();
    await look('add');
    await dialog.getByRole('switch', { name: 'Use an existing database' }).uncheck();
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Copy PHP code' }).waitFor();
    await look('new-key');
    await page.getByRole('button', { name: 'Done' }).click();
  });

  test('many, with long names and one paused', async () => {
    for (const [id, name] of [
      ['ACC004', 'Mokoena Plumbing'],
      ['ACC005', 'Van der Merwe Attorneys'],
      ['ACC006', longName],
      ['ACC007', 'Dlamini Catering'],
      ['ACC008', 'Cape Accounting'],
    ] as const) {
      await served.call('tenants.add', { customerId: id, name });
    }
    await served.call('tenants.setPaused', { customerId: 'ACC005', paused: true });
    await served.call('tenants.saveSettings', {
      customerId: 'ACC004',
      values: { whatsapp_enabled: false, webhook_enabled: true, webhook_url: 'https://example.com/hook' },
    });
    await served.call('tenants.sendTest', { customerId, channel: 'email', recipient: 'me@example.com' });
    await window.goTo('/tenants');
    await page.getByRole('link', { name: 'Cape Accounting' }).waitFor();
    await look('list');
    await page.getByRole('searchbox').fill('mokoena');
    await page.getByText('1 tenant', { exact: true }).waitFor();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByRole('searchbox').fill('acc008');
    await page.getByRole('link', { name: 'Cape Accounting' }).waitFor();
    await page.getByRole('searchbox').fill('nobody at all');
    await page.getByText('No tenants match “nobody at all”').waitFor();
  });

  test('a name of 200 characters', async () => {
    await window.goTo('/tenants/ACC006?tab=general');
    await page.getByRole('tabpanel').waitFor();
    await look('long-name');
  });

  test('channels, with a test that failed', async () => {
    await served.call('tenants.saveSettings', {
      customerId,
      values: {
        use_customer_smtp: true,
        smtp_host: mails.host,
        smtp_port: mails.port,
        smtp_from_email: 'office@nkosi.example',
        allow_private_urls: true,
        webhook_enabled: true,
        webhook_url: 'https://example.com/hooks/gateway',
      },
    });
    mails.behave({ stage: 'rcpt', recipient: 'gone@example.com', code: 550, text: 'No such person here' });
    await openTab('channels');
    await look('channels');
    const email = page.getByRole('region', { name: 'Email' });
    await email.getByLabel('Test address').fill('gone@example.com');
    await email.getByRole('button', { name: 'Send test' }).click();
    await email.getByText('The test failed.').waitFor();
    await page.getByLabel("Sender's name").fill('Nkosi');
    await page.getByText('Unsaved changes').waitFor();
    await look('channels-test');
    await page.getByRole('button', { name: 'Undo' }).click();
  });

  test('keys', async () => {
    await served.call('keys.create', { customerId, name: 'payroll server' });
    await openTab('keys');
    await page.getByRole('cell', { name: 'payroll server', exact: true }).waitFor();
    await look('keys');
    await page.getByRole('button', { name: 'Revoke payroll server' }).click();
    await page.getByRole('dialog').waitFor();
    await look('keys-revoke');
    await page.keyboard.press('Escape');
  });

  test('limits and region', async () => {
    await openTab('limits');
    await page.getByLabel('Use quiet hours').check();
    await look('limits');
    await page.getByRole('button', { name: 'Undo' }).click();
  });

  test('templates: mail, layout, WhatsApp, mistakes', async () => {
    await openTab('templates', '&type=invoice:sent');
    await page.frameLocator('iframe').getByText('Your invoice is ready').first().waitFor();
    await look('templates-mail');
    await page.getByRole('radiogroup', { name: 'Part of the email' }).getByText('Layout').click();
    await page.getByRole('textbox', { name: 'Layout (HTML)' }).fill('<p>\n{% if %}\n</p>');
    await page.getByText('This template has errors').waitFor();
    await look('templates-problem');
    await page.getByRole('button', { name: 'Undo' }).click();
    await openTab('templates', '&type=invoice:sent&channel=whatsapp');
    await page.getByRole('region', { name: 'Preview' }).getByText('Your invoice is ready').waitFor();
    await look('templates-whatsapp');
  });

  test('event types: the list, one to read, a new one', async () => {
    await openTab('types');
    await page.getByRole('table').waitFor();
    await look('types');
    await page.getByRole('button', { name: 'Payslip ready' }).click();
    await page.getByText('Built-in').waitFor();
    await look('types-read');
    await openTab('types', '&new=');
    await page.getByLabel('Name in your application').fill('order:shipped');
    await page.getByRole('button', { name: 'Add group' }).click();
    await look('types-new');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Leave without saving' }).click();
  });

  test('general, paused, and before it is removed', async () => {
    await served.call('tenants.setPaused', { customerId, paused: true });
    await openTab('general');
    await page.getByText('is paused. Events are stored, but nothing is sent.').waitFor();
    await look('general');
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('dialog').getByLabel('Also delete its database').check();
    await look('remove');
    await page.keyboard.press('Escape');
  });

  test('tabs and tables by keyboard alone', async () => {
    await openTab('channels');
    await page.getByRole('tab', { name: 'Channels' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tabpanel', { name: 'Keys' }).waitFor();
    await window.goTo('/tenants');
    await page.getByRole('link', { name: 'Mokoena Plumbing' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Mokoena Plumbing' }).waitFor();
  });

  test('in Afrikaans', async () => {
    const afrikaans = await served.openWindow({ locale: 'af-ZA' });
    await afrikaans.page.getByRole('navigation').waitFor();
    await afrikaans.goTo('/tenants');
    await afrikaans.page.getByRole('heading', { level: 1, name: 'Kliënte' }).waitFor();
    await takeScreenshots(afrikaans.page, 'tenants-af-list');
    await afrikaans.goTo(`/tenants/${customerId}?tab=limits`);
    await afrikaans.page.getByRole('tab', { name: 'Kanale' }).waitFor();
    await takeScreenshots(afrikaans.page, 'tenants-af-limits');
    expect(await fitsSideways(afrikaans.page)).toBe(true);
    await afrikaans.close();
  });

  test('every page can be read by everybody, and fits', () => {
    expect(look.problems).toEqual([]);
  });
});
