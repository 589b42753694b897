import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  browserPath,
  findAccessProblems,
  openConsole,
  screenSizes,
  takeScreenshots,
  type TestConsole,
} from './open-console';

describe.skipIf(browserPath === undefined)('on a screen of 390 px', () => {
  let served: TestConsole;
  beforeAll(async () => {
    served = await openConsole();
  });
  afterAll(() => served.stop());

  test('the pages are reached by a menu that makes way for them', async () => {
    const opened = await served.openWindow();
    const { page } = opened;
    await page.setViewportSize(screenSizes.phone);
    const links = page.getByRole('navigation', { name: 'Pages' });
    await links.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Open the menu' }).click();
    await links.getByRole('link', { name: 'Settings' }).waitFor();
    await takeScreenshots(page, 'phone-menu', ['phone']);
    expect(await findAccessProblems(page)).toEqual([]);
    await links.getByRole('link', { name: 'History' }).click();
    await page.getByRole('heading', { level: 1, name: 'History' }).waitFor();
    await links.waitFor({ state: 'hidden' });
    await takeScreenshots(page, 'phone-history', ['phone']);
    // Nothing but what scrolls by itself is wider than the screen.
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await opened.close();
  });
});
