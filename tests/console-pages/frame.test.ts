import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  browserPath,
  findAccessProblems,
  fitsSideways,
  openConsole,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

/** What has to be there before the first page is shown, compressed as it is sent. */
const mostInitialBytes = 350_000;

describe.skipIf(browserPath === undefined)('the frame of the console', () => {
  let served: TestConsole;
  let window: ConsoleWindow;

  beforeAll(async () => {
    served = await openConsole();
    await served.call('setup.rename', { name: 'Voorkantoor '.repeat(8).trim() });
    window = await served.openWindow();
  });
  afterAll(async () => {
    await served.stop();
  });

  test('leads to every page, says which one is open, and is reachable by keyboard', async () => {
    const { page } = window;
    const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
    for (const name of ['Tenants', 'WhatsApp', 'History', 'Logs', 'Settings', 'Overview']) {
      await links.filter({ hasText: name }).first().focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await expect.poll(() => page.locator('[aria-current=page]').innerText()).toContain(name);
      expect(await page.title()).toBe(`${name} · Modular Gateway`);
    }
    await page.reload();
    await links.first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('page');
  });

  test('long names do not push it apart, and axe finds nothing serious', async () => {
    expect(await fitsSideways(window.page)).toBe(true);
    expect(await findAccessProblems(window.page)).toEqual([]);
  });

  test('changes language and colours, and keeps them', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Language' }).click();
    await page.getByRole('menuitemradio', { name: 'Afrikaans' }).click();
    await page.getByRole('heading', { level: 1, name: 'Oorsig' }).waitFor();
    await page.getByRole('button', { name: 'Kleurtema' }).click();
    await page.getByRole('menuitemradio', { name: 'Donker' }).click();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Oorsig' }).waitFor();
    await expect.poll(() => page.evaluate('document.documentElement.lang')).toBe('af');
    await expect
      .poll(() => page.evaluate('document.documentElement.dataset.mantineColorScheme'))
      .toBe('dark');
    expect(window.complaints.filter((line) => !line.startsWith('Failed to load'))).toEqual([]);
  });

  test('what is loaded before the first page stays under 350 kB', async () => {
    const fetched = new Set<string>();
    const opened = await served.openSignedOut();
    const { page } = opened;
    page.on('response', (response) => fetched.add(new URL(response.url()).pathname));
    await page.goto(await served.makeLink());
    await page.reload();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await opened.close();
    const folder = resolve('dist/renderer/assets');
    const scripts = (await readdir(folder)).filter(
      (name) => name.endsWith('.js') && fetched.has(`/console/assets/${name}`),
    );
    expect(scripts.length).toBeGreaterThan(0);
    let bytes = 0;
    for (const name of scripts) bytes += gzipSync(await readFile(join(folder, name))).length;
    expect(bytes).toBeLessThan(mostInitialBytes);
  });
});
