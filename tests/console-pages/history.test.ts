import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait-until';
import {
  fillHistory,
  openHistoryOffice,
  payslipEvent,
  post,
  putBack,
  untilStatus,
  type HistoryOffice,
} from './history-office';
import {
  browserPath,
  findAccessProblems,
  fitsSideways,
  takeScreenshots,
  type ConsoleWindow,
} from './open-console';

const oldRows = 600;

describe.skipIf(browserPath === undefined)('the history page', () => {
  let office: HistoryOffice;
  let window: ConsoleWindow;
  let page: Page;
  /** before it was signed in */
  let atFirst = 0;

  beforeAll(async () => {
    office = await openHistoryOffice();
    const { plumbing, freight, mail } = office;
    await fillHistory(freight, oldRows);
    const [yesterday] = await post(plumbing, payslipEvent('thandi@example.com'));
    await untilStatus(plumbing, yesterday!, 'sent');
    await putBack(plumbing, yesterday!, '1 day');
    const [today] = await post(plumbing, payslipEvent('thandi@example.com'));
    await untilStatus(plumbing, today!, 'sent');
    mail.behave({ stage: 'rcpt', recipient: 'gone@example.com', code: 550, text: 'no such user here' });
    const [failed] = await post(plumbing, payslipEvent('gone@example.com'));
    await untilStatus(plumbing, failed!, 'failed');
    window = await office.console.openWindow();
    page = window.page;
    atFirst = window.complaints.length;
  }, 120_000);
  afterAll(() => office.stop());
  afterEach(() => {
    expect(window.complaints.slice(atFirst)).toEqual([]);
  });

  const rows = () => page.getByRole('grid').getByRole('link');

  it('finds the payslip of yesterday by a few choices, and keeps them in the address', async () => {
    await window.goTo('/history');
    await page.getByText(`${oldRows + 3} messages`).waitFor();
    await page.getByRole('button', { name: 'Dates: Any time' }).click();
    await page.getByRole('button', { name: 'Yesterday' }).click();
    await page.getByRole('combobox', { name: 'Tenant' }).click();
    await page.getByRole('option', { name: 'Bright Plumbing' }).click();
    await page.getByRole('combobox', { name: 'Event' }).click();
    await page.getByRole('option', { name: 'Payslip ready' }).click();
    await page.getByRole('textbox', { name: 'Recipient' }).fill('thandi@');
    await page.waitForURL(/recipient=thandi/);
    await page.getByText('1 message', { exact: true }).waitFor();
    // The rows come beside their number, not with it.
    await waitUntil(async () => (await rows().count()) === 1, { what: 'the one row' });
    await expect
      .poll(() => rows().first().getAttribute('aria-label'))
      .toMatch(/^Payslip ready by Email to thandi@example\.com, Sent, /);
    expect(page.url()).toContain('eventType=payslip%3Agenerated');

    await page.reload();
    await page.getByText('1 message', { exact: true }).waitFor();
    await expect.poll(() => page.getByRole('textbox', { name: 'Recipient' }).inputValue()).toBe('thandi@');
    await expect.poll(() => page.getByRole('button', { name: 'Dates: Yesterday' }).count()).toBe(1);
    await waitUntil(async () => (await rows().count()) === 1, { what: 'the one row after a reload' });

    await page.getByRole('button', { name: 'Clear filters' }).first().click();
    await page.getByText(`${oldRows + 3} messages`).waitFor();
    expect(page.url()).toMatch(/#\/history$/);
    await expect.poll(() => page.getByRole('textbox', { name: 'Recipient' }).inputValue()).toBe('');
  });

  it('leaves out what makes no sense in the address, and says so', async () => {
    await window.goTo('/history?status=failed,broken&channel=pigeon&from=yesterday&colour=red');
    await page.getByText(/wasn't recognised.*: status, channel, from, colour\./).waitFor();
    await page.getByRole('button', { name: 'State: Failed' }).waitFor();
    await page.getByText(`${oldRows / 50 + 1} messages`).waitFor();
  });

  it('narrows by state and by a text as it is typed', async () => {
    await window.goTo('/history');
    await page.getByRole('button', { name: 'State: Any state' }).click();
    await page.getByRole('checkbox', { name: 'Failed', exact: true }).check();
    await page.keyboard.press('Escape');
    await page.getByText(`${oldRows / 50 + 1} messages`).waitFor();
    await page.getByRole('textbox', { name: 'Search' }).fill('no such MAILBOX');
    await page.getByText(`${oldRows / 50} messages`).waitFor();
    await page
      .getByRole('gridcell', { name: /no such mailbox/ })
      .first()
      .waitFor();
  });

  it('says whether there is nothing yet or nothing that fits', async () => {
    await window.goTo('/history?text=nobody-ever-wrote-this');
    await page.getByRole('heading', { name: 'No matching messages' }).waitFor();
    await takeScreenshots(page, 'history-nothing-fits');
    await page.getByRole('button', { name: 'Clear filters' }).last().click();
    await rows().first().waitFor();
  });

  it('is walked by keys, and Back returns to the same place', async () => {
    await window.goTo('/history');
    await rows().first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    for (let times = 0; times < 8; times += 1) await page.keyboard.press('PageDown');
    await waitUntil(async () => Number(await page.evaluate(focusedIndex)) >= 99, {
      what: 'the focus to be on the hundredth row or below',
    });
    const before = await page.evaluate(placeInList);
    const name = await page.evaluate<string>('document.activeElement.getAttribute("aria-label")');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: / to client/ }).waitFor();
    await page.getByRole('link', { name: 'Back to History' }).click();
    await rows().first().waitFor();
    await expect.poll(() => page.evaluate(placeInList)).toEqual(before);
    await expect.poll(() => page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe(name);
    expect(before).toBeGreaterThan(2_000);
  });

  it('draws only what is on the screen, and reaches the last of many rows', async () => {
    await window.goTo('/history?customerId=ACC002');
    await rows().first().waitFor();
    const last = rows().filter({ hasText: /./ }).last();
    await waitUntil(
      async () => {
        await page.evaluate('document.querySelector("[role=grid]").scrollTop = 1e9');
        return (await page.getByRole('link', { name: `to client${oldRows}@example.com` }).count()) === 1;
      },
      { what: 'the oldest row', intervalMs: 100 },
    );
    await last.waitFor();
    await expect.poll(() => rows().count()).toBeLessThan(60);
    await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(oldRows + 1));
  });

  it('keeps what is read where it is while messages come in, and gathers the new ones', async () => {
    await window.goTo('/history');
    await rows().first().waitFor();
    await page.evaluate('document.querySelector("[role=grid]").scrollTop = 1500');
    // The list draws a frame after it was scrolled: its rows have to be on the screen first.
    await waitUntil(
      async () => {
        const tops = (await readShown(page)).map(([, top]) => top);
        return tops.some((top) => top > 300 && top < 500);
      },
      { what: 'the rows to be drawn' },
    );
    const shown = await readShown(page);
    const ids: number[] = [];
    for (let n = 0; n < 12; n += 1)
      ids.push(...(await post(office.plumbing, payslipEvent(`new${n}@example.com`))));
    const pill = page.getByRole('button', { name: '12 new' });
    await pill.waitFor();
    await expect.poll(() => page.evaluate(placeInList)).toBe(1500);
    expect(await readShown(page)).toEqual(shown);
    await pill.click();
    await page.getByRole('link', { name: /to new11@example\.com/ }).waitFor();
    await expect.poll(() => page.evaluate(placeInList)).toBe(0);
    await expect.poll(() => pill.count()).toBe(0);
    for (const id of ids) await untilStatus(office.plumbing, id, 'sent');
  });

  it('puts new messages in quietly when it stands at the top', async () => {
    await window.goTo('/history');
    await rows().first().waitFor();
    await page.mouse.move(5, 5);
    await post(office.plumbing, payslipEvent('quiet@example.com'));
    await page.getByRole('link', { name: /to quiet@example\.com, Sent/ }).waitFor();
    await page.getByText(/\d+ new/).waitFor({ state: 'detached' });
  });

  it('shows a change in its row', async () => {
    const { plumbing, mail } = office;
    mail.behave({ stage: 'rcpt', recipient: 'full@example.com', code: 550, text: 'mailbox is full' });
    const [id] = await post(plumbing, payslipEvent('full@example.com'));
    await untilStatus(plumbing, id!, 'failed');
    await window.goTo('/history?status=failed&customerId=ACC001');
    await page.getByRole('link', { name: /to full@example\.com, Failed/ }).waitFor();
    mail.reset();
    await office.console.call('history.retry', { customerId: plumbing.customerId, id: id! });
    await page.getByRole('link', { name: /to full@example\.com, Sent/ }).waitFor();
  });

  it('sends all failed ones of a filter again, after asking with their number', async () => {
    const { plumbing, mail } = office;
    mail.behave({ stage: 'rcpt', code: 550, text: 'not today' });
    const failed: number[] = [];
    for (let n = 0; n < 7; n += 1)
      failed.push(...(await post(plumbing, payslipEvent(`again${n}@example.com`))));
    for (const id of failed) await untilStatus(plumbing, id, 'failed');
    mail.reset();
    await window.goTo('/history?recipient=again');
    await page.getByText('7 messages').waitFor();
    await page.getByRole('button', { name: 'Resend failed' }).click();
    const dialog = page.getByRole('dialog', { name: 'Resend failed messages' });
    await dialog.getByText('7 failed messages match these filters. Resend them all?').waitFor();
    await takeScreenshots(page, 'history-replay');
    await dialog.getByRole('button', { name: 'Resend' }).click();
    await page.getByText('Failed messages are being resent.').waitFor();
    for (let n = 0; n < 7; n += 1) {
      await page.getByRole('link', { name: new RegExp(`to again${n}@example\\.com, Sent`) }).waitFor();
    }
    expect(mail.mails.filter(({ to }) => to[0]?.startsWith('again'))).toHaveLength(7);

    await page.getByRole('button', { name: 'Resend failed' }).click();
    await dialog.getByText('None of these messages failed', { exact: false }).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
  });

  it('saves all that fits as a table', async () => {
    await window.goTo('/history?customerId=ACC002');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    const save = page.getByRole('link', { name: 'Save file' });
    await save.waitFor();
    await takeScreenshots(page, 'history-export');
    const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
    const text = await readFile(await download.path(), 'utf8');
    expect(download.suggestedFilename()).toMatch(/\.csv$/);
    expect(text.startsWith('\uFEFF')).toBe(true);
    const lines = text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(oldRows + 1);
    expect(lines.filter((line) => line.includes('client600@example.com'))).toHaveLength(1);
  });

  it('is beautiful and reachable in light and dark, small and large, also with very long names', async () => {
    const long = `${'a-very-long-name-'.repeat(12)}x`.slice(0, 200);
    await office.console.call('tenants.rename', { customerId: office.freight.customerId, name: long });
    await window.goTo('/history');
    await rows().first().waitFor();
    await page.mouse.move(5, 5);
    expect(await findAccessProblems(page)).toEqual([]);
    await takeScreenshots(page, 'history-list');
    expect(await fitsSideways(page)).toBe(true);
    await page.getByRole('button', { name: 'Dates: Any time' }).click();
    await page.getByRole('button', { name: 'Yesterday' }).waitFor();
    expect(await findAccessProblems(page)).toEqual([]);
    await takeScreenshots(page, 'history-dates');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'State: Any state' }).click();
    await takeScreenshots(page, 'history-states');
    await page.keyboard.press('Escape');
  });
});

const focusedIndex = 'document.activeElement.closest("[data-index]")?.getAttribute("data-index") ?? -1';
const placeInList = 'document.querySelector("[role=grid]").scrollTop';

/** What stands where on the screen: names of rows by their place. */
function readShown(page: Page): Promise<[name: string, top: number][]> {
  return page.evaluate(`[...document.querySelectorAll("[role=grid] a")].map((link) => [
    link.getAttribute("aria-label"), Math.round(link.closest("[role=row]").getBoundingClientRect().top)])`);
}
