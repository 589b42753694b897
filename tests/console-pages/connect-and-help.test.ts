import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath } from '../embed/open-test-page';
import { patienceMs } from '../support/patience';
import { startGateway, type TestGateway } from '../support/start-gateway';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const sizes = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
];
const pictures = 'artifacts/screenshots';

let gateway: TestGateway;
let browser: Browser;
beforeAll(async () => {
  gateway = await startGateway();
  browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  await mkdir(pictures, { recursive: true });
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
});

describe.each([
  ['connect', '/connect'],
  ['help', '/help'],
  ['help-php', '/help/connect-php'],
  ['help-whatsapp', '/help/whatsapp-for-staff'],
  ['help-configuration', '/help/configuration'],
])('the page %s', (name, path) => {
  it('can be read by everybody, on a telephone, a desk and in the dark, and loads nothing from elsewhere', async () => {
    const problems: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of sizes) {
        const page = await browser.newPage({ colorScheme, viewport });
        page.setDefaultTimeout(patienceMs);
        page.on('console', (message) => {
          if (message.type() === 'error') problems.push(message.text());
        });
        page.on('request', (request) => {
          if (!request.url().startsWith(gateway.origin)) problems.push(request.url());
        });
        await page.goto(`${gateway.origin}${path}`);
        await page.screenshot({ path: `${pictures}/${name}-${colorScheme}-${viewport.width}.png` });
        const isTooWide = await page.evaluate<boolean>(
          'document.documentElement.scrollWidth > document.documentElement.clientWidth',
        );
        if (isTooWide) problems.push(`${viewport.width}: has to be scrolled sideways`);
        await page.evaluate(await readFile(axePath, 'utf8'));
        problems.push(
          ...(await page.evaluate<string[]>(
            `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
              .filter(({ impact }) => impact === 'serious' || impact === 'critical')
              .map(({ id, nodes }) => '${colorScheme} ' + id + ': ' + nodes[0].html))`,
          )),
        );
        await page.close();
      }
    }
    // Browsers ask for an icon that these pages do not have.
    expect(problems.filter((problem) => !problem.includes('favicon') && !problem.includes('404'))).toEqual(
      [],
    );
  });
});
