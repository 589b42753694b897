import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLook, type Look } from './look-at-page';
import {
  browserPath,
  fitsSideways,
  openConsole,
  screenSizes,
  takeScreenshots,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

describe.skipIf(browserPath === undefined)('what new tenants begin with', () => {
  let served: TestConsole;
  let window: ConsoleWindow;
  let page: Page;
  let look: Look;

  beforeAll(async () => {
    served = await openConsole();
    window = await served.openWindow();
    page = window.page;
    look = createLook(page, 'new-tenants');
  });
  afterAll(() => served.stop());

  const settingsNow = async () => (await served.call('newTenants.get', {})).settings;
  const save = async () => {
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('status').filter({ hasText: 'Saved' }).waitFor();
  };
  const languageField = () => page.getByRole('combobox', { name: 'Language and country' });

  test('where nothing is set, the page says what it is for', async () => {
    await window.goTo('/settings');
    await page.getByRole('link', { name: 'New tenants' }).click();
    await page.getByRole('heading', { name: 'New tenants begin with the built-in settings' }).waitFor();
    await look('empty');
    await page.getByRole('button', { name: 'Choose settings' }).click();
    await expect.poll(() => languageField().getAttribute('placeholder')).toBe('en-ZA (default)');
    await expect
      .poll(() => page.getByLabel('Events per hour').getAttribute('placeholder'))
      .toBe('20000 (default)');
    await look('form');
  });

  test('what is chosen is saved, and a tenant that is added begins with it', async () => {
    await languageField().fill('af-ZA');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Windhoek');
    await page.getByRole('option', { name: 'Africa/Windhoek' }).click();
    await page.getByRole('switch', { name: 'Send WhatsApp messages' }).uncheck();
    await page.getByRole('switch', { name: 'Use quiet hours' }).check();
    await page.getByLabel('Retries', { exact: true }).fill('3');
    await look('unsaved');
    await save();
    await expect.poll(settingsNow).toEqual({
      locale: 'af-ZA',
      timezone: 'Africa/Windhoek',
      whatsapp_enabled: false,
      whatsapp_quiet_hours: '20:00-07:00',
      max_retries: 3,
    });
    await served.call('tenants.add', { customerId: 'ACC001', name: 'Karoo Dental' });
    await window.goTo('/tenants/ACC001?tab=limits');
    await expect.poll(() => languageField().inputValue()).toBe('af-ZA');
  });

  test('an emptied field, and a switch put back, are the built-in default again', async () => {
    await window.goTo('/settings?section=tenants');
    await languageField().fill('');
    await page.locator('button[aria-label="Use the default time zone"]').click();
    await page.getByRole('switch', { name: 'Send WhatsApp messages' }).check();
    await save();
    await expect.poll(settingsNow).toEqual({ whatsapp_quiet_hours: '20:00-07:00', max_retries: 3 });
  });

  test('says at the field what is wrong, and keeps what is typed', async () => {
    await page.getByRole('radio', { name: 'Own account' }).check();
    await page.getByLabel('Shortest pause').fill('60');
    await page.getByText('The longest pause must not be shorter than the shortest.').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Check the fields marked in red.').waitFor();
    await page.getByText('Enter the mail server.').waitFor();
    await page.getByText('Enter the mail server.').scrollIntoViewIfNeeded();
    await look('problems');
    expect(await settingsNow()).not.toHaveProperty('use_customer_smtp');
  });

  test('asks before unsaved changes are lost, to another section too', async () => {
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    await page.getByRole('button', { name: 'Stay' }).click();
    await expect.poll(() => page.getByLabel('Shortest pause').inputValue()).toBe('60 s');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });

  test('what is typed in another section is still asked for from here', async () => {
    await window.goTo('/settings?section=email');
    await page.getByLabel("Sender's name").fill('Office');
    await page.getByRole('link', { name: 'New tenants' }).click();
    await languageField().waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });

  test('the change is in Activity, in words', async () => {
    await window.goTo('/settings?section=activity');
    await page.getByText('Changed settings for new tenants').first().waitFor();
    await page.getByText('locale: default → af-ZA').waitFor();
    await page.getByText('whatsapp_enabled: default → No').waitFor();
    await look('activity');
  });

  test('fits a phone', async () => {
    await page.setViewportSize(screenSizes.phone);
    await window.goTo('/settings?section=tenants');
    await languageField().waitFor();
    await takeScreenshots(page, 'new-tenants-phone', ['phone']);
    expect(await fitsSideways(page)).toBe(true);
    expect(window.complaints).toEqual([]);
    expect(look.problems).toEqual([]);
  });
});
