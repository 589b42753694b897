import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  browserPath,
  findAccessProblems,
  fitsSideways,
  openConsole,
  takeScreenshots,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

describe.skipIf(browserPath === undefined)('logs', () => {
  let served: TestConsole;
  let window: ConsoleWindow;

  beforeAll(async () => {
    served = await openConsole();
    window = await served.openWindow();
    await window.goTo('/logs');
  });
  afterAll(async () => {
    await served.stop();
  });

  const log = () => window.page.getByRole('log', { name: 'Log lines' });

  test('shows lines as they come, and follows the end', async () => {
    await log().waitFor();
    for (let index = 1; index <= 200; index += 1) {
      served.gateway.gateway.logger.info('tenant.opened', `line number ${index}`, { index });
    }
    await log().getByText('line number 200', { exact: false }).waitFor();
    await takeScreenshots(window.page, 'logs-live');
    expect(await findAccessProblems(window.page)).toEqual([]);
    expect(await fitsSideways(window.page)).toBe(true);
  });

  test('stays where somebody reads, and goes to the newest when asked to', async () => {
    const { page } = window;
    await log()
      .evaluate('(box) => box.scrollTo(0, 0)')
      .catch(() => undefined);
    await page.evaluate('document.querySelector("[role=log]").scrollTop = 0');
    await page.getByRole('button', { name: 'Jump to latest' }).waitFor();
    served.gateway.gateway.logger.info('tenant.opened', 'while somebody reads');
    await page
      .getByText('201 lines', { exact: false })
      .or(page.getByRole('status').filter({ hasText: 'lines' }))
      .first()
      .waitFor();
    await expect.poll(() => page.evaluate('document.querySelector("[role=log]").scrollTop')).toBe(0);
    await page.getByRole('button', { name: 'Jump to latest' }).click();
    await log().getByText('while somebody reads').waitFor();
  });

  test('filters by level and by text, and unfolds the fields', async () => {
    const { page } = window;
    served.gateway.gateway.logger.error('operation.failed', 'something broke', {
      customer_id: 'ACC003',
      reason: 'a test',
    });
    await page.getByLabel('Log level', { exact: true }).first().click();
    await page.getByRole('option', { name: 'Errors only' }).click();
    const line = log().getByRole('button', { name: /something broke/ });
    await line.click();
    await expect.poll(() => line.getAttribute('aria-expanded')).toBe('true');
    await log().getByText('reason: a test').waitFor();
    await log().getByText('event: operation.failed').waitFor();
    await page.getByRole('searchbox').fill('operation.failed');
    await page.getByText('1 line', { exact: true }).waitFor();
    await line.waitFor();
    await page.getByRole('searchbox').fill('no such line');
    await page.getByText('No matching lines.').waitFor();
    await page.getByRole('searchbox').fill('');
  });

  test('makes a diagnostics file to download', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Create diagnostics file' }).click();
    const save = page.getByRole('link', { name: 'Save file' });
    await save.waitFor();
    await takeScreenshots(page, 'logs-diagnostics');
    const downloading = page.waitForEvent('download');
    await save.click();
    const file = await readFile(await (await downloading).path());
    expect(file.subarray(0, 2).toString()).toBe('PK');
    expect(window.complaints.filter((line) => !line.startsWith('Failed to load'))).toEqual([]);
  });
});
