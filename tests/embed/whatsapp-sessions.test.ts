import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWhatsAppApiSimulator, type WhatsAppApiSimulator } from '../simulators/whatsapp-api';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import {
  browserPath,
  htmlPage,
  servePages,
  startBrowser,
  type PageServer,
  type TestBrowser,
  type TestPage,
} from './open-test-page';

interface Told {
  readonly name: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Makes the page's manager and keeps what it tells the document. */
const startManager = `
  window.told = [];
  for (const name of ['status', 'qr', 'pairing-code', 'error']) {
    document.addEventListener('whatsapp-sessions:' + name, (event) => told.push({ name, detail: event.detail }));
  }
  window.manager = new WhatsAppSessionsManager('ACC001', window.options);
  window.initialized = manager.initialize().then((answer) => ({ answer }), (error) => ({ code: error.code, message: error.message }));
`;
const told = (page: Page) => page.evaluate(() => (window as unknown as { told: Told[] }).told);
/** Calls a method of the manager. */
const ask = (page: Page, call: string) =>
  page.evaluate<{ answer?: Record<string, unknown>; code?: string; message?: string }>(
    `manager.${call}.then((answer) => ({ answer }), (error) => ({ code: error.code, message: error.message }))`,
  );

const element = '<div id="box" data-whatsapp-sessions="ACC001"></div>';

describe.skipIf(browserPath === undefined)(
  'whatsapp-sessions.js in Chromium (skipped without a browser)',
  () => {
    let browser: TestBrowser;
    beforeAll(async () => {
      browser = await startBrowser();
    });
    afterAll(() => browser.stop());

    describe('on the contract’s routes, without live messages', () => {
      let api: WhatsAppApiSimulator;
      let server: PageServer;
      let attributes = '';
      let options = '{}';
      let opened: TestPage | undefined;

      beforeEach(async () => {
        api = await startWhatsAppApiSimulator();
        server = await servePages({
          '/': () =>
            htmlPage(
              element,
              `<script src="/assets/js/whatsapp-sessions.js" data-gateway="${api.origin}" ${attributes}></script>`,
              `<script>window.options = ${options};${startManager}</script>`,
            ),
          '/assets/js/whatsapp-sessions.js': () => readFile('dist/assets/js/whatsapp-sessions.js', 'utf8'),
          '/token': () => ({ status: 200, body: { token: api.tokens?.at(-1) ?? '' } }),
        });
      });
      afterEach(async () => {
        await opened?.close();
        await server.stop();
        await api.stop();
      });
      async function open(): Promise<Page> {
        opened = await browser.open(server.origin);
        return opened.page;
      }

      it('follows the whole way by polling, with the ids of the PHP session as proof', async () => {
        attributes = '';
        options = `{ userId: 1, sessionId: 'session-of-php' }`;
        const page = await open();
        await expect
          .poll(() => page.evaluate('initialized'))
          .toMatchObject({
            answer: { success: true, status: 'disconnected' },
          });
        await page.getByText('Not connected').waitFor();

        await page.getByRole('button', { name: 'Connect WhatsApp' }).click();
        const code = page.getByAltText('Code to scan with WhatsApp');
        await code.waitFor();
        const first = await code.getAttribute('src');
        const second = await api.renewCode();
        await waitUntil(async () => (await code.getAttribute('src')) === second, {
          what: 'the next code to be shown',
        });
        expect(second).not.toBe(first);

        api.status = 'ready';
        await page.getByText('+27821234567').waitFor();
        await expect.poll(() => code.isVisible()).toBe(false);
        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByRole('button', { name: 'Stay connected' }).click();
        expect(api.status).toBe('ready');
        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByText('Logged out').waitFor();

        const names = (await told(page)).map(({ name, detail }) =>
          name === 'status' ? `status ${String(detail['status'])}` : name,
        );
        expect(names).toEqual([
          'status disconnected',
          'status qr_ready',
          'qr',
          'qr',
          'status ready',
          'status logged_out',
        ]);
        expect(api.calls.every(({ authorization }) => authorization === undefined)).toBe(true);
        const logout = api.calls.find(({ path }) => path === '/whatsapp/logout/ACC001');
        expect(logout).toMatchObject({
          method: 'POST',
          body: { user_id: '1', session_id: 'session-of-php' },
        });
      });

      it('sends its token, gets another when that one is refused, and never the ids beside it', async () => {
        api.tokens = ['first', 'second'];
        attributes = 'data-token-url="/token" data-user-id="1" data-session-id="s"';
        options = '{}';
        const page = await open();
        await expect
          .poll(() => page.evaluate('initialized'))
          .toMatchObject({ answer: { status: 'disconnected' } });
        api.tokens = ['third'];
        expect(await ask(page, 'checkStatus()')).toMatchObject({ answer: { status: 'disconnected' } });
        expect(new Set(api.calls.map(({ authorization }) => authorization))).toEqual(
          new Set(['Bearer second', 'Bearer third']),
        );
        expect(api.calls.every(({ query }) => Object.keys(query).length === 0)).toBe(true);
      });

      it('takes “connected already” for the good news that it is', async () => {
        options = `{ userId: 1, sessionId: 'session-of-php' }`;
        attributes = '';
        api.status = 'ready';
        const page = await open();
        expect(await ask(page, 'getQRCode()')).toEqual({ answer: { success: true, status: 'ready' } });
      });

      it('shows a pairing code for those who would rather type', async () => {
        options = `{ userId: 1, sessionId: 'session-of-php' }`;
        attributes = '';
        const page = await open();
        await page.getByText('Link with the phone number instead').click();
        await page.getByLabel('Phone number').fill('082 123 4567');
        await page.getByRole('button', { name: 'Get a code' }).click();
        await page.getByText('ABCD-EFGH').waitFor();
        expect(api.calls.at(-1)?.path).toMatch(/pairing-code|status/);
        const call = api.calls.find(({ path }) => path.includes('pairing-code'));
        expect(call?.body).toEqual({ user_id: '1', session_id: 'session-of-php', phone: '082 123 4567' });
        expect((await told(page)).at(-1)).toMatchObject({
          name: 'pairing-code',
          detail: { code: 'ABCDEFGH' },
        });
      });

      it('says what is wrong in words, as text, and offers to try again', async () => {
        options = `{ userId: 1, sessionId: 'session-of-php' }`;
        attributes = '';
        const evil = 'No browser <img src=x onerror="window.broken=1">';
        api.failure = { status: 503, body: { error: evil, code: 'browser_unavailable' } };
        const page = await open();
        await expect
          .poll(() => page.evaluate('initialized'))
          .toEqual({ code: 'browser_unavailable', message: evil });
        await page.getByRole('alert').getByText(evil).waitFor();
        expect(
          await page.evaluate(
            `'broken' in window || document.querySelectorAll('#box img[src=x]').length > 0`,
          ),
        ).toBe(false);
        expect((await told(page)).at(-1)).toMatchObject({
          name: 'error',
          detail: { code: 'browser_unavailable', customerId: 'ACC001' },
        });

        api.failure = undefined;
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.getByText('Not connected').waitFor();
        await expect.poll(() => page.getByRole('alert').count()).toBe(0);

        const { origin } = api;
        await api.stop();
        expect(await ask(page, 'checkStatus()')).toMatchObject({
          code: 'unreachable',
          message: expect.stringContaining(new URL(origin).host) as string,
        });
      });

      it('works without an element to show itself in, and leaves no trace when stopped', async () => {
        options = `{ userId: 1, sessionId: 'session-of-php', container: null }`;
        attributes = '';
        const page = await open();
        await page.evaluate('initialized');
        expect(await page.locator('#box').innerHTML()).toBe('');
        await expect.poll(() => told(page)).toHaveLength(1);
        await page.evaluate('manager.stop()');
        const before = api.calls.length;
        expect(await ask(page, 'checkStatus()')).toMatchObject({ answer: { status: 'disconnected' } });
        expect(api.calls.length).toBe(before + 1);
      });
    });

    describe('on the gateway, with a simulated phone', () => {
      let whatsApp: WhatsAppSimulator;
      let gateway: TestGateway;
      let tenant: TestTenant;
      let server: PageServer;

      beforeAll(async () => {
        whatsApp = await createWhatsAppSimulator();
        gateway = await startGateway({
          env: {
            ALLOWED_ORIGINS: '*',
            WHATSAPP_BROWSER_ARGS: whatsApp.browserArgs.map((arg) => `'${arg}'`).join(' '),
          },
        });
        tenant = await gateway.addTenant();
        server = await servePages({
          '/': () =>
            htmlPage(
              element,
              `<script src="${gateway.origin}/assets/js/websocket-sidebar.js" data-token-url="/token"></script>`,
              `<script src="${gateway.origin}/assets/js/whatsapp-sessions.js" data-token-url="/token"></script>`,
              `<script>${startManager}</script>`,
            ),
          '/token': async () => ({ status: 200, body: { token: await tenant.token() } }),
        });
      });
      afterAll(async () => {
        await server.stop();
        await gateway.stop();
        await whatsApp.stop();
      });

      it('shows a code, hears live that it was scanned, and logs out', async () => {
        const opened = await browser.open(server.origin);
        const { page, complaints } = opened;
        await page.getByRole('button', { name: 'Connect WhatsApp' }).click();
        const code = page.getByAltText('Code to scan with WhatsApp');
        await code.waitFor();
        const phone = whatsApp.createPhone('27821234567');
        await whatsApp.scanPicture(phone, (await code.getAttribute('src')) ?? '');
        await page.getByText('Connected', { exact: true }).waitFor();
        await page.getByText('+27821234567').waitFor();
        // Both scripts of the page share one.
        await expect.poll(() => readMetric(gateway)).toBe(1);
        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByText('Logged out').waitFor();
        const statuses = async () =>
          (await told(page)).filter(({ name }) => name === 'status').map(({ detail }) => detail['status']);
        await expect.poll(statuses).toEqual(expect.arrayContaining(['qr_ready', 'ready', 'logged_out']));
        expect(complaints).toEqual([]);
        await opened.close();
      });
    });
  },
);

/** The number of sockets that the gateway counts. */
async function readMetric(gateway: TestGateway): Promise<number> {
  const text = await (await fetch(`${gateway.origin}/metrics`)).text();
  return Number(/^\w*sockets\w*(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1]);
}
