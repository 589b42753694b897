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

const pdf = { filename: 'payslip.pdf', content_base64: Buffer.from('%PDF-1.4 payslip').toString('base64') };

describe.skipIf(browserPath === undefined)('the page of a delivery', () => {
  let office: HistoryOffice;
  let window: ConsoleWindow;
  let page: Page;
  /** before it was signed in */
  let atFirst = 0;

  beforeAll(async () => {
    office = await openHistoryOffice();
    window = await office.console.openWindow();
    page = window.page;
    atFirst = window.complaints.length;
  }, 120_000);
  afterAll(() => office.stop());
  afterEach(() => {
    expect(window.complaints.slice(atFirst)).toEqual([]);
  });

  const section = (name: string) => page.getByRole('region', { name });

  it('shows the mail as it looked, in a frame that can load and run nothing', async () => {
    const { plumbing, mail } = office;
    const [id] = await post(plumbing, payslipEvent('thandi@example.com', { attachments: [pdf] }));
    await untilStatus(plumbing, id!, 'sent');
    await window.goTo(`/history/ACC001/${id}`);
    await page.getByRole('heading', { level: 1, name: 'Payslip ready to thandi@example.com' }).waitFor();
    const frame = page.getByTitle(/^Email: Your payslip for November 2026 is ready/);
    await expect.poll(() => frame.getAttribute('sandbox')).toBe('');
    await frame.contentFrame().getByText('Your payslip is ready').first().waitFor();
    await frame
      .contentFrame()
      .getByText(/18[\s,.]450/)
      .first()
      .waitFor();
    await section('What was sent').getByText('payslip.pdf', { exact: false }).waitFor();
    await section('What happened').getByText('Event received').waitFor();
    await section('What happened').getByText('Attempt 1: accepted').waitFor();
    expect(await findAccessProblems(page)).toEqual([]);
    await takeScreenshots(page, 'history-delivery-mail');
    expect(await fitsSideways(page)).toBe(true);

    await page.getByRole('tab', { name: 'Text only' }).click();
    const caught = mail.mails.find(({ to }) => to[0] === 'thandi@example.com');
    await section('What was sent').getByText(caught!.parsed.text!.trim().split('\n')[0]!).first().waitFor();
    await page.getByText('Show data').click();
    await section('Event data').getByText('"payslip_number": "PS-2026-11"', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Copy the number' }).click();
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(String(id));
  });

  it('tells why a message failed, and sends it again when asked to', async () => {
    const { plumbing, mail } = office;
    mail.behave({
      stage: 'rcpt',
      recipient: 'retry@example.com',
      code: 550,
      text: '5.1.1 no such user here',
    });
    const [id] = await post(plumbing, payslipEvent('retry@example.com'));
    await untilStatus(plumbing, id!, 'failed');
    await window.goTo('/history?status=failed&recipient=retry');
    await page.getByRole('link', { name: /to retry@example\.com, Failed/ }).click();
    await section('What happened').getByText('Attempt 1: failed, no more retries').waitFor();
    await section("What wasn't sent").waitFor();
    await section('What happened').getByText('Server response').click();
    await section('What happened').getByText('no such user here', { exact: false }).waitFor();
    expect(await findAccessProblems(page)).toEqual([]);
    await takeScreenshots(page, 'history-delivery-failed');
    mail.reset();
    await page.getByRole('button', { name: 'Retry now' }).click();
    await section('What happened').getByText('Attempt 2: accepted').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Retry now' }).count()).toBe(0);
    expect(mail.mails.filter(({ to }) => to[0] === 'retry@example.com')).toHaveLength(1);
    await page.getByRole('link', { name: 'Back to History' }).click();
    await page.waitForURL(/status=failed/);
    await window.goTo('/history?recipient=retry');
    await page.getByRole('link', { name: /to retry@example\.com, Sent/ }).waitFor();
  });

  it('shows what went to a webhook, and leads to the other messages of the event', async () => {
    const { freight, hook } = office;
    const ids = await post(freight, invoiceEvent({ client_email: 'both@example.com' }));
    for (const id of ids) await untilStatus(freight, id, 'sent');
    const [row] = await freight.sql<{ id: number }>(
      `select id from message_deliveries where channel = 'webhook' and id = any($1)`,
      [ids],
    );
    await window.goTo(`/history/ACC002/${row!.id}`);
    await section('What was sent').getByText('"invoice_number": "INV-1042"', { exact: false }).waitFor();
    expect(hook.requests.length).toBeGreaterThan(0);
    await takeScreenshots(page, 'history-delivery-webhook');
    await section('Other messages from this event').getByRole('link', { name: 'both@example.com' }).click();
    await page.getByRole('heading', { level: 1, name: 'Invoice sent to both@example.com' }).waitFor();
  });

  it('explains a message of which nobody knows whether it left, and does what is decided', async () => {
    const { plumbing } = office;
    const unknown = async (recipient: string) => {
      const [row] = await plumbing.sql<{ id: number }>(
        `insert into message_deliveries (customer_id, channel, recipient, status, retry_count, direct_message,
           error_code, error_message, created_at, updated_at)
         values ($1, 'whatsapp', $2, 'unknown', 0, '{"text":"Your order is ready.\\nSee you tomorrow!"}', 'outcome_unknown',
           'The gateway stopped while this message was being handed over.', now(), now()) returning id`,
        [plumbing.customerId, recipient],
      );
      return row!.id;
    };
    const closed = await unknown('27831234567');
    await window.goTo(`/history/ACC001/${closed}`);
    const panel = page.getByRole('group', { name: 'Did this message arrive?' });
    await panel.getByText("don't retry it automatically", { exact: false }).waitFor();
    await page.getByRole('group', { name: 'WhatsApp message' }).getByText('Your order is ready.').waitFor();
    expect(await findAccessProblems(page)).toEqual([]);
    await takeScreenshots(page, 'history-delivery-unknown');
    await panel.getByRole('button', { name: 'Close' }).click();
    await section('What happened').getByText('Closed manually').waitFor();
    await panel.waitFor({ state: 'detached' });
    await untilStatus(plumbing, closed, 'failed');

    const resent = await unknown('27831234568');
    await window.goTo(`/history/ACC001/${resent}`);
    await panel.getByRole('button', { name: 'Resend' }).click();
    await panel.waitFor({ state: 'detached' });
    const [row] = await plumbing.sql<{ status: string }>(
      'select status from message_deliveries where id = $1',
      [resent],
    );
    expect(row?.status).not.toBe('unknown');
  });

  it('says so when there is no such message', async () => {
    await window.goTo('/history/ACC001/2000000000');
    await page.getByText('There is no such delivery.').waitFor();
    await page.getByRole('link', { name: 'Back to History' }).click();
    await page.getByRole('heading', { level: 1, name: 'History' }).waitFor();
  });
});
