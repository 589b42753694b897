import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  htmlPage,
  servePages,
  startBrowser,
  type PageServer,
  type TestBrowser,
} from '../embed/open-test-page';
import type { TestTenant } from '../support/start-gateway';
import {
  browserPath,
  findAccessProblems,
  openConsole,
  takeScreenshots,
  type TestConsole,
} from './open-console';

describe.skipIf(browserPath === undefined)('a page of the PHP application that was not let in', () => {
  let served: TestConsole;
  let tenant: TestTenant;
  let pages: PageServer;
  let browser: TestBrowser;
  beforeAll(async () => {
    served = await openConsole();
    tenant = await served.gateway.addTenant();
    pages = await servePages({
      '/': () =>
        htmlPage(
          '<h1>Invoices</h1>',
          `<script src="${served.gateway.origin}/assets/js/websocket-sidebar.js" data-token-url="/token"></script>`,
        ),
      '/token': async () => ({ status: 200, body: { token: await tenant.token() } }),
    });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.stop();
    await pages.stop();
    await served.stop();
  });

  test('says so, is named on the overview, and comes in after one click', async () => {
    const application = await browser.open(pages.origin);
    await application.page.getByRole('button', { name: 'Messages' }).click();
    const sidebar = application.page.getByRole('complementary', { name: 'Messages' });
    await sidebar.getByText(`Pages of ${pages.origin} are not let in`).waitFor();

    const opened = await served.openWindow();
    const { page } = opened;
    const allow = page.getByRole('button', { name: `Allow: ${pages.origin}` });
    await allow.waitFor();
    await takeScreenshots(page, 'origin-refused', ['large', 'phone']);
    expect(await findAccessProblems(page)).toEqual([]);
    await allow.click();
    await allow.waitFor({ state: 'detached' });

    // It asks again by itself.
    await sidebar.getByText('Live', { exact: true }).waitFor();
    expect(opened.complaints).toEqual([]);
    await opened.close();
    await application.close();
  });
});
