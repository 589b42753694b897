import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { browserPath, screenSizes, takeScreenshot, takeScreenshots } from './open-console';
import { serveGateway, type ServedGateway } from './serve-gateway';

describe.skipIf(browserPath === undefined)('a restore from the page of a browser', () => {
  let gateway: ServedGateway;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    gateway = await serveGateway({ name: 'restore' });
    browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
    const context = await browser.newContext({ viewport: screenSizes.small, locale: 'en-ZA' });
    page = await context.newPage();
    await page.goto(gateway.consoleLink);
    await page.getByRole('button', { name: 'Skip setup' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await gateway.stop();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await takeScreenshot(page, 'failed-restore');
  });

  const open = (name: string) => page.getByRole('link', { name, exact: true }).click();
  async function addTenant(id: string, name: string): Promise<void> {
    await open('Tenants');
    await page.getByRole('button', { name: 'Add tenant' }).click();
    await page.getByRole('dialog').getByLabel('Customer ID').fill(id);
    await page.getByRole('dialog').getByLabel('Name').fill(name);
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  }

  test('brings back what was, says so where it was asked for, and leaves nothing of what came later', async () => {
    await addTenant('ACC001', 'Karoo Dental');
    await open('Settings');
    await open('Data and backup');
    await page.getByRole('button', { name: 'Create backup' }).click();
    await page.getByText('Backup created.').waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await addTenant('ACC002', 'Came later');
    await open('Settings');
    await open('Data and backup');
    await page.getByRole('button', { name: /^More actions for modular-gateway-/ }).click();
    await page.getByRole('menuitem', { name: 'Restore' }).click();
    const dialog = page.getByRole('dialog', { name: 'Restore this backup?' });
    await dialog.getByRole('textbox').fill((await dialog.getByRole('code').innerText()).trim());
    await dialog.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('Restoring backup').waitFor();
    await takeScreenshots(page, 'restore-running');
    await page.getByText('Backup restored.').waitFor();
    await page.getByText(/^Before, it was as in before-restore-/).waitFor();
    await takeScreenshots(page, 'restore-done');
    await open('Tenants');
    await page.getByRole('link', { name: 'Karoo Dental' }).waitFor();
    await page.getByRole('link', { name: 'Came later' }).waitFor({ state: 'hidden' });
    // Put away, it does not come back with the page.
    await open('Settings');
    await open('Data and backup');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByText('Backup restored.').waitFor({ state: 'hidden' });
    await open('Logs');
    await open('Settings');
    await open('Data and backup');
    await page.getByRole('button', { name: /^More actions for before-restore-/ }).waitFor();
    await page.getByText('Backup restored.').waitFor({ state: 'hidden' });
  });
});
