import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent, type TestTenant } from '../support/start-gateway';
import {
  browserPath,
  findAccessProblems,
  fitsSideways,
  openConsole,
  takeScreenshots,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

describe.skipIf(browserPath === undefined)('the overview', () => {
  let served: TestConsole;
  let window: ConsoleWindow;
  let mails: MailCatcher;
  let tenant: TestTenant;

  beforeAll(async () => {
    mails = await startMailCatcher();
    served = await openConsole({
      env: {
        SYSTEM_SMTP_HOST: '127.0.0.1',
        SYSTEM_SMTP_PORT: String(mails.port),
        SYSTEM_SMTP_SECURE: 'false',
      },
    });
    window = await served.openWindow();
  });
  afterAll(async () => {
    await served.stop();
    await mails.stop();
  });

  test('says what to do first where there is no tenant', async () => {
    const { page } = window;
    await page.getByRole('heading', { name: 'Add your first tenant' }).waitFor();
    await takeScreenshots(page, 'overview-first');
    expect(await findAccessProblems(page)).toEqual([]);
    await page.getByRole('link', { name: 'Go to tenants' }).click();
    await page.getByRole('heading', { level: 1, name: 'Tenants' }).waitFor();
    await window.goTo('/');
  });

  test('shows what was sent by itself, without a reload', async () => {
    const { page } = window;
    tenant = await served.gateway.addTenant({ settings: { max_retries: 0, email_enabled: true } });
    await page.getByRole('heading', { name: 'Waiting for the first event' }).waitFor();
    await tenant.post('/api/events', invoiceEvent());
    await mails.waitForCount(1);
    await page.getByText('All systems normal').waitFor();
    await page
      .getByRole('link', { name: /^Sent in 24 hours/ })
      .filter({ hasText: '1' })
      .waitFor();
    await page.getByRole('img', { name: /^Chart: 1 messages sent/ }).waitFor();
    await takeScreenshots(page, 'overview-well');
    expect(await findAccessProblems(page)).toEqual([]);
  });

  test('has the numbers of the chart as a table too', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Show as table' }).click();
    const rows = page.getByRole('row');
    await expect.poll(() => rows.count()).toBe(25);
    await expect.poll(() => rows.nth(1).innerText()).toContain('1');
    await page.getByRole('button', { name: 'Show as chart' }).click();
  });

  test('lists what needs a person, and leads to it', async () => {
    const { page } = window;
    mails.behave({ stage: 'rcpt', code: 550, text: 'no such user' });
    await tenant.post('/api/events', invoiceEvent({ client_email: 'gone@example.com' }));
    const action = page.getByRole('link', { name: /^Review: 1 message from/ });
    await action.waitFor();
    await page.getByRole('status', { name: '1 item needs attention' }).waitFor();
    expect(await fitsSideways(page)).toBe(true);
    await takeScreenshots(page, 'overview-attention');
    expect(await findAccessProblems(page)).toEqual([]);
    await action.click();
    await page.getByRole('heading', { level: 1, name: 'History' }).waitFor();
    expect(page.url()).toContain('status=failed');
    await page.getByText('gone@example.com').first().waitFor();
    expect(window.complaints.filter((line) => !line.startsWith('Failed to load'))).toEqual([]);
  });
});
