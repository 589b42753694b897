import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import {
  browserPath,
  findAccessProblems,
  fitsSideways,
  openConsole,
  screenSizes,
  takeScreenshots,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

describe.skipIf(browserPath === undefined)('settings', () => {
  let served: TestConsole;
  let window: ConsoleWindow;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    served = await openConsole();
    window = await served.openWindow();
  });
  afterAll(async () => {
    await served.stop();
    await receiver.stop();
  });

  test('what the environment sets is shown locked, with why', async () => {
    const { page } = window;
    await window.goTo('/settings?section=network');
    const port = page.getByLabel('Port', { exact: true });
    await port.waitFor();
    await expect.poll(() => port.isDisabled()).toBe(true);
    await page.getByText('Set by the environment variable PORT').waitFor();
    await takeScreenshots(page, 'settings-network');
    expect(await findAccessProblems(page)).toEqual([]);
  });

  test('checks while typing, saves, says that a restart is needed; secrets are never shown', async () => {
    const { page } = window;
    await page.getByRole('link', { name: 'Email' }).click();
    await page.getByLabel('Mail server port').fill('99999999');
    await page
      .getByText(/SYSTEM_SMTP_PORT/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Changes not saved').first().waitFor();
    await takeScreenshots(page, 'settings-problem');
    await page.getByLabel('Mail server port').fill('2525');
    await page.getByLabel('Mail server', { exact: true }).fill('mail.example.com');
    await page.getByLabel('Password', { exact: true }).fill('a-secret-of-mail');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Restart to apply.').waitFor();
    await expect
      .poll(() => page.getByLabel('Password', { exact: true }).getAttribute('placeholder'))
      .toContain('Set.');
    expect(await page.content()).not.toContain('a-secret-of-mail');
    const { variables } = await served.call('settings.get', {});
    expect(variables.find(({ name }) => name === 'SYSTEM_SMTP_HOST')).toMatchObject({
      value: 'mail.example.com',
      source: 'saved',
      pending: true,
    });
    expect(await findAccessProblems(page)).toEqual([]);
  });

  test('asks before unsaved changes are lost', async () => {
    const { page } = window;
    await page.getByLabel("Sender's name").fill('Office');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByLabel("Sender's name").inputValue()).toBe('Office');
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    await expect.poll(() => page.getByLabel("Sender's name").inputValue()).toBe('');
  });

  test('finds a setting by its words', async () => {
    const { page } = window;
    await page.getByRole('searchbox').fill('how long messages');
    await page.getByRole('heading', { name: '1 setting found' }).waitFor();
    await page.getByLabel('Keep messages forever').waitFor();
    await page.getByRole('searchbox').fill('');
  });

  test('alerts: says under each field what is wrong, sends a test, saves', async () => {
    const { page } = window;
    await served.gateway.addTenant({ customerId: 'OFFICE' });
    await window.goTo('/settings?section=alerts');
    await page.getByLabel('Send alerts').check({ force: true });
    await page.getByLabel('Email address').fill('nobody');
    await page.getByLabel('Webhook address').fill('example.com');
    await page.getByLabel('WhatsApp number').fill('082 123 4567');
    await page.getByLabel('Quiet from').fill('22:00');
    await page.getByRole('button', { name: 'Save alerts' }).click();
    await page.getByText('This is not an email address.').waitFor();
    await page.getByText('Enter a complete address such as https://example.com/hook.').waitFor();
    await page.getByText('Enter the number with + and the country code.').waitFor();
    await page.getByText('Quiet hours need a start and an end.').waitFor();
    await takeScreenshots(page, 'settings-alerts-problems', ['large', 'small', 'phone']);
    expect(await findAccessProblems(page)).toEqual([]);
    await page.getByLabel('Email address').fill('');
    await page.getByLabel('WhatsApp number').fill('+27 82 123 4567');
    await page.getByRole('combobox', { name: 'Send from' }).click();
    await page.getByRole('option', { name: /OFFICE/ }).click();
    await page.getByLabel('Webhook address').fill(`${receiver.origin}/alerts`);
    await page.getByLabel('Signing secret').fill('a-secret-of-alerts');
    await page.getByLabel('Quiet until').fill('06:00');
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The webhook accepted it.').waitFor();
    await page.getByText(/^WhatsApp for OFFICE cannot send right now/).waitFor();
    expect(receiver.requests[0]?.headers['x-webhook-signature']).toBeTruthy();
    await takeScreenshots(page, 'settings-alerts', ['large', 'small', 'phone']);
    expect(await fitsSideways(page)).toBe(true);
    expect(await findAccessProblems(page)).toEqual([]);
    await page.setViewportSize(screenSizes.small);
    await page.getByRole('button', { name: 'Save alerts' }).click();
    await page.getByText('Alerts saved.').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Save alerts' }).isDisabled()).toBe(true);
    await expect
      .poll(() => page.getByLabel('Signing secret').getAttribute('placeholder'))
      .toContain('Saved.');
    expect((await served.call('alerts.get', {})).settings).toMatchObject({
      isOn: true,
      whatsappFrom: 'OFFICE',
      quietTo: '06:00',
    });
  });

  test('makes a backup and lets it be saved; asks for its name before restoring', async () => {
    const { page } = window;
    await window.goTo('/settings?section=data');
    await page.getByRole('button', { name: 'Create backup' }).click();
    await page.getByText('Backup created.').waitFor();
    const downloading = page.waitForEvent('download');
    await page
      .getByRole('button', { name: /^Save a copy of / })
      .first()
      .click();
    const saved = await (await downloading).path();
    expect((await readFile(saved)).length).toBeGreaterThan(100);
    await page
      .getByRole('button', { name: /^More actions for/ })
      .first()
      .click();
    await page.getByRole('menuitem', { name: 'Restore' }).click();
    const dialog = page.getByRole('dialog', { name: 'Restore this backup?' });
    await expect.poll(() => dialog.getByRole('button', { name: 'Restore' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await fitsSideways(page)).toBe(true);
    await takeScreenshots(page, 'settings-data');
    expect(await findAccessProblems(page)).toEqual([]);
  });

  test('shows who did what, in words', async () => {
    const { page } = window;
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByText('Changed gateway settings').waitFor();
    await takeScreenshots(page, 'settings-activity');
    expect(await findAccessProblems(page)).toEqual([]);
    expect(await page.content()).not.toContain('a-secret-of-mail');
  });

  test('sets the password of the console, and everybody has to sign in with it', async () => {
    const { page } = window;
    await page.getByRole('link', { name: 'General' }).click();
    await page.getByRole('heading', { name: 'Gateway name' }).waitFor();
    await takeScreenshots(page, 'settings-general');
    await page.getByLabel('New password', { exact: true }).fill('correct horse battery');
    await page.getByLabel('Confirm new password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  });
});
