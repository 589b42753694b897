import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent } from '../support/start-gateway';
import {
  browserPath,
  findAccessProblems,
  fitsSideways,
  openConsole,
  takeScreenshot,
  takeScreenshots,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

const pages = [
  ['overview', '/'],
  ['tenants', '/tenants'],
  ['tenant-overview', '/tenants/ACC001'],
  ['tenant-channels', '/tenants/ACC001?tab=channels'],
  ['tenant-keys', '/tenants/ACC001?tab=keys'],
  ['tenant-limits', '/tenants/ACC001?tab=limits'],
  ['tenant-templates', '/tenants/ACC001?tab=templates'],
  ['tenant-types', '/tenants/ACC001?tab=types'],
  ['tenant-new-type', '/tenants/ACC001?tab=types&new='],
  ['tenant-general', '/tenants/ACC001?tab=general'],
  ['whatsapp', '/whatsapp'],
  ['history', '/history'],
  ['logs', '/logs'],
  ['help', '/help'],
  ['settings', '/settings'],
  ['settings-tenants', '/settings?section=tenants'],
  ['settings-alerts', '/settings?section=alerts'],
  ['settings-network', '/settings?section=network'],
  ['settings-email', '/settings?section=email'],
  ['settings-security', '/settings?section=security'],
  ['settings-data', '/settings?section=data'],
  ['settings-activity', '/settings?section=activity'],
  ['nowhere', '/no/such/page'],
] as const;

/** The widest screens show no more than that: text stays readable. */
const wide = { width: 2560, height: 1440 };
const usual = { width: 1440, height: 900 };

describe.skipIf(browserPath === undefined)('every page, from a phone to a wall', () => {
  let mails: MailCatcher;
  let served: TestConsole;
  let opened: ConsoleWindow;

  beforeAll(async () => {
    mails = await startMailCatcher();
    served = await openConsole({
      env: { SYSTEM_SMTP_HOST: '127.0.0.1', SYSTEM_SMTP_PORT: String(mails.port) },
    });
    const first = await served.gateway.addTenant({ customerId: 'ACC001', settings: { max_retries: 0 } });
    await served.call('tenants.rename', { customerId: 'ACC001', name: 'Karoo Dental & Orthodontics' });
    for (const [id, name] of [
      ['ACC002', 'Nkosi & Sons'],
      ['ACC003', 'Bright Plumbing'],
    ] as const) {
      await served.gateway.addTenant({ customerId: id });
      await served.call('tenants.rename', { customerId: id, name });
    }
    await served.call('tenants.setPaused', { customerId: 'ACC003', paused: true });
    await first.post('/api/events', invoiceEvent());
    await mails.waitForCount(1);
    mails.behave({ stage: 'rcpt', code: 550, text: '5.1.1 no such user' });
    await first.post('/api/events', invoiceEvent({ client_email: 'gone@example.com' }));
    opened = await served.openWindow();
    await opened.page.getByRole('status', { name: /need/ }).waitFor();
  });
  afterAll(async () => {
    await opened.close();
    await served.stop();
    await mails.stop();
  });

  test('is found with Ctrl+K, with a tenant, a message and an action', async () => {
    const { page } = opened;
    await page.setViewportSize(usual);
    await opened.goTo('/');
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('combobox', { name: /^Search pages/ });
    await palette.fill('nkosi');
    await page.getByRole('option', { name: /Nkosi & Sons/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Nkosi & Sons' }).waitFor();
    await page.keyboard.press('Control+k');
    await palette.fill('gone@');
    await page.getByRole('option', { name: /gone@example.com/ }).waitFor();
    await takeScreenshots(page, 'every-palette', ['phone', 'small']);
    expect(await findAccessProblems(page)).toEqual([]);
    await page.getByRole('option', { name: /gone@example.com/ }).click();
    await page.getByRole('heading', { level: 1, name: /gone@example.com/ }).waitFor();
    await page.keyboard.press('Control+k');
    await palette.fill('add tenant');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Add tenant' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await palette.fill('xyzzy xyzzy');
    await page.getByRole('option', { name: 'Search all messages for “xyzzy xyzzy”' }).waitFor();
    await page.keyboard.press('Escape');
    await palette.waitFor({ state: 'hidden' });
  });

  test('words stand in the middle of their buttons, and underscores of addresses can be seen', async () => {
    const { page } = opened;
    await page.setViewportSize(usual);
    await opened.goTo('/history');
    for (const name of ['Dates: Any time', 'State: Any state']) {
      const button = page.getByRole('button', { name });
      const outer = await button.boundingBox();
      const inner = await button.getByText(name.split(': ')[1] ?? '').boundingBox();
      const middle = (box: typeof outer) => (box?.y ?? 0) + (box?.height ?? 0) / 2;
      expect(Math.abs(middle(outer) - middle(inner))).toBeLessThan(2);
    }
    await opened.goTo('/tenants/ACC001?tab=general');
    const field = page.getByLabel('Database address');
    await expect
      .poll(() => field.evaluate((input: HTMLInputElement) => input.scrollHeight - input.clientHeight))
      .toBeLessThanOrEqual(0);
    const line = await field.evaluate((input) => {
      const { lineHeight, fontSize } = getComputedStyle(input);
      return Number.parseFloat(lineHeight) / Number.parseFloat(fontSize);
    });
    // Below 1.3 some fonts lose what hangs under the line.
    expect(line).toBeGreaterThanOrEqual(1.3);
  });

  test('can be put on a home screen', async () => {
    const { page } = opened;
    const href = await page.locator('link[rel=manifest]').getAttribute('href');
    const address = new URL(href ?? '', `${served.gateway.origin}/console/`);
    const answer = await page.request.get(address.href);
    expect(answer.headers()['content-type']).toBe('application/manifest+json');
    const manifest = (await answer.json()) as {
      start_url: string;
      icons: { src: string; purpose: string }[];
    };
    expect(new URL(manifest.start_url, address).pathname).toBe('/console/');
    expect(manifest.icons.map(({ purpose }) => purpose)).toContain('maskable');
    for (const { src } of manifest.icons) {
      const icon = await page.request.get(new URL(src, address).href);
      expect(icon.headers()['content-type']).toBe('image/png');
    }
  });

  test.each(pages)('%s', async (name, path) => {
    const { page } = opened;
    await page.setViewportSize(usual);
    await opened.goTo(path);
    await page.locator('main [aria-busy]').waitFor({ state: 'detached' });
    const problems: string[] = [];
    for (const size of [wide, usual, { width: 1024, height: 768 }, { width: 390, height: 844 }]) {
      await page.setViewportSize(size);
      // A chart follows a moment later.
      const fits = await expect
        .poll(() => fitsSideways(page))
        .toBe(true)
        .then(
          () => true,
          () => false,
        );
      if (!fits) problems.push(`${size.width} px: has to be scrolled sideways`);
      if (size.width !== 390) await takeScreenshot(page, `every-${name}`);
    }
    await takeScreenshots(page, `every-${name}`, ['phone']);
    problems.push(...(await findAccessProblems(page)).map((problem) => `phone: ${problem}`));
    expect(problems).toEqual([]);
    expect(opened.complaints.filter((line) => !line.startsWith('Failed to load'))).toEqual([]);
  });
});
