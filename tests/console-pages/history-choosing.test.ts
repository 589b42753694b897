import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { invoiceEvent } from '../support/start-gateway';
import { openHistoryOffice, payslipEvent, post, untilStatus, type HistoryOffice } from './history-office';
import {
  browserPath,
  findAccessProblems,
  fitsSideways,
  takeScreenshots,
  type ConsoleWindow,
} from './open-console';

describe.skipIf(browserPath === undefined)('the history page, for finding and choosing', () => {
  let office: HistoryOffice;
  let window: ConsoleWindow;
  let page: Page;
  let atFirst = 0;
  let invoice: number[];

  beforeAll(async () => {
    office = await openHistoryOffice();
    const { freight, plumbing, mail } = office;
    invoice = await post(
      freight,
      invoiceEvent({ invoice_number: 'INV-2026-16', client_email: 'pat@example.com' }),
    );
    for (const id of invoice) await untilStatus(freight, id, 'sent');
    mail.behave({ stage: 'rcpt', code: 550, text: 'not today' });
    for (let n = 0; n < 3; n += 1) {
      const [id] = await post(plumbing, payslipEvent(`failed${n}@example.com`));
      await untilStatus(plumbing, id!, 'failed');
    }
    mail.reset();
    window = await office.console.openWindow();
    page = window.page;
    atFirst = window.complaints.length;
  }, 120_000);
  afterAll(() => office.stop());
  afterEach(() => {
    expect(window.complaints.slice(atFirst)).toEqual([]);
  });

  const rows = () => page.getByRole('grid').getByRole('link');

  it('shows the messages of an event as one line that opens', async () => {
    await window.goTo('/history?customerId=ACC002');
    await page.getByRole('link', { name: /INV-2026-16.*\(2 messages\)/ }).waitFor();
    await expect.poll(() => rows().count()).toBe(1);
    await page.getByRole('button', { name: 'Show all 2 messages of this event' }).click();
    await expect.poll(() => rows().count()).toBe(2);
    await page.getByRole('link', { name: /by Webhook to/ }).waitFor();
    await page.getByRole('button', { name: 'Hide the messages of this event' }).click();
    await expect.poll(() => rows().count()).toBe(1);
  });

  it('finds an invoice by its number, and leads to its event, its request and its answer', async () => {
    await window.goTo('/history?text=INV-2026-16');
    await page.getByRole('link', { name: /INV-2026-16/ }).click();
    await page.getByRole('link', { name: 'View event' }).waitFor();
    await page.getByRole('link', { name: 'View event' }).click();
    await page.waitForURL(/eventId=\d+/);
    await expect.poll(() => rows().count()).toBe(2);
    await page.getByRole('link', { name: /by Webhook to/ }).click();
    await page
      .getByText('webhook-signature', { exact: false })
      .or(page.getByText('webhook-id', { exact: false }))
      .first()
      .waitFor();
    await takeScreenshots(page, 'history-webhook-request');
    await page.getByRole('tab', { name: 'Response · 200' }).click();
    await page.getByText('The first 1,000 characters are kept.').waitFor();
    expect(await findAccessProblems(page)).toEqual([]);
    await page
      .getByRole('link', { name: /Previous message|Next message/ })
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: 'Invoice sent to pat@example.com' }).waitFor();
    await page.getByRole('tab', { name: 'Source' }).click();
    await page.getByText('Auto-Submitted: auto-generated', { exact: false }).waitFor();
    await takeScreenshots(page, 'history-mail-source');
  });

  it('sends what is ticked again', async () => {
    await window.goTo('/history?customerId=ACC001');
    await expect.poll(() => rows().count()).toBe(3);
    await page.getByRole('checkbox', { name: 'Select all messages loaded' }).check();
    const bar = page.getByRole('group', { name: 'Selected messages' });
    await bar.getByText('3 selected').waitFor();
    await page.getByRole('checkbox', { name: /^Select: .*failed1@/ }).uncheck();
    await bar.getByText('2 selected').waitFor();
    expect(await findAccessProblems(page)).toEqual([]);
    await takeScreenshots(page, 'history-chosen', ['phone', 'small', 'large']);
    expect(await fitsSideways(page)).toBe(true);
    await bar.getByRole('button', { name: 'Send 2 again' }).click();
    await page.getByText('2 messages are on their way again.').waitFor();
    await page.getByRole('link', { name: /to failed0@example\.com, Sent/ }).waitFor();
    await page.getByRole('link', { name: /to failed2@example\.com, Sent/ }).waitFor();
    await page.getByRole('link', { name: /to failed1@example\.com, Failed/ }).waitFor();
  });

  it('cancels what waits, after asking', async () => {
    const { plumbing } = office;
    await office.console.call('tenants.setPaused', { customerId: plumbing.customerId, paused: true });
    await post(plumbing, payslipEvent('waiting@example.com'));
    await window.goTo('/history?customerId=ACC001&status=pending');
    await page.getByRole('checkbox', { name: /^Select: .*waiting@/ }).check();
    await page.getByRole('button', { name: 'Cancel 1 waiting' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel waiting messages' });
    await dialog.getByRole('button', { name: 'Cancel 1 waiting' }).click();
    await page.getByText('1 message cancelled.').waitFor();
    await page.getByRole('link', { name: /to waiting@example\.com, Failed/ }).waitFor();
  });

  it('keeps a filter under a name', async () => {
    await window.goTo('/history?status=failed');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'Save this view' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('What failed');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await window.goTo('/history');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'What failed' }).click();
    await page.waitForURL(/status=failed/);
  });
});
