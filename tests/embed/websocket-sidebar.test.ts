import jwt from 'jsonwebtoken';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
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

const invoice = invoiceEvent();
const masterKey = 'a-master-key-for-two-gateways';

interface Outcome {
  readonly value?: { readonly success: boolean; readonly event_id: number };
  readonly code?: string;
  readonly message?: string;
  readonly details?: unknown;
}

/** Calls `triggerEvent` in the page and says how its promise ended. */
function trigger(page: Page, type: string, data: unknown, options: object = {}): Promise<Outcome> {
  return page.evaluate(
    ([eventType, eventData, eventOptions]) =>
      window.websocketSidebar!.triggerEvent(eventType, eventData, eventOptions).then(
        (value) => ({ value }),
        (thrown: unknown) => {
          const error = thrown as Error & { code: string; details?: unknown };
          return {
            code: error.code,
            message: error.message,
            details: error.details,
            isError: error instanceof Error,
          };
        },
      ),
    [type, data, options] as const,
  );
}

const phases = (page: Page) =>
  page.evaluate(() => window.websocketSidebar!.events.map(({ eventId, phase }) => ({ eventId, phase })));
const statusOf = (page: Page) => page.evaluate(() => window.websocketSidebar!.status);

async function waitForStatus(page: Page, status: string): Promise<void> {
  await waitUntil(async () => (await statusOf(page)) === status, {
    what: `the sidebar to be ${status}`,
  });
}

describe.skipIf(browserPath === undefined)(
  'websocket-sidebar.js in Chromium (skipped without a browser)',
  () => {
    let mails: MailCatcher;
    let gateway: TestGateway;
    let tenant: TestTenant;
    let server: PageServer;
    let browser: TestBrowser;
    const opened: TestPage[] = [];

    const scriptTag = (attributes: string, origin = gateway.origin) =>
      `<script src="${origin}/assets/js/websocket-sidebar.js" ${attributes}></script>`;
    const env = () => ({
      ALLOWED_ORIGINS: '*',
      SYSTEM_SMTP_HOST: '127.0.0.1',
      SYSTEM_SMTP_PORT: String(mails.port),
      GATEWAY_MASTER_KEY: masterKey,
    });

    beforeAll(async () => {
      if (inject('buildFailure') !== undefined) throw new Error(inject('buildFailure'));
      mails = await startMailCatcher();
      gateway = await startGateway({ env: env() });
      tenant = await gateway.addTenant();
      server = await servePages({
        '/': () => htmlPage('<button id="before">Page</button>', scriptTag('data-token-url="/token"')),
        '/second': () => htmlPage('<h1>Another page</h1>', scriptTag('data-token-url="/token"')),
        '/token': async () => ({ status: 200, body: { token: await tenant.token() } }),
      });
      browser = await startBrowser();
    });

    afterEach(async () => {
      for (const page of opened.splice(0)) await page.close();
    });

    afterAll(async () => {
      await browser.stop();
      await server.stop();
      await gateway.stop();
      await mails.stop();
    });

    async function open(path = '/', options?: Parameters<TestBrowser['open']>[1]): Promise<TestPage> {
      const page = await browser.open(server.origin + path, options);
      opened.push(page);
      return page;
    }

    it('triggers an event that arrives as an email, and shows it until it is sent', async () => {
      const { page, complaints } = await open();
      await page.evaluate(() => {
        const seen: string[] = [];
        Object.assign(window, { seen });
        document.addEventListener('websocket-sidebar:event', (event) =>
          seen.push((event as CustomEvent<{ phase: string }>).detail.phase),
        );
      });
      // Before the connection is there.
      const { value } = await trigger(page, 'invoice:sent', {
        ...invoice.event_data,
        client_email: 'page@example.com',
      });
      expect(value).toMatchObject({ success: true, event_id: expect.any(Number) as number });
      await mails.waitForMail((mail) => mail.to.includes('page@example.com'));

      await page.getByRole('button', { name: 'Messages' }).click();
      const panel = page.getByRole('complementary', { name: 'Messages' });
      const row = panel.getByRole('listitem').filter({ hasText: 'Invoice sent' }).first();
      await row.getByText('Sent', { exact: true }).first().waitFor();
      await row.getByText('Invoice sent').click();
      await row.getByText('page@example.com').waitFor();
      await expect.poll(() => row.getByText('You').isVisible()).toBe(true);
      const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
      expect(seen[0]).toBe('waiting');
      expect(seen.at(-1)).toBe('completed');
      expect(complaints).toEqual([]);
    });

    it('rejects with the gateway’s own words and code, and shows why', async () => {
      const { page } = await open();
      const outcome = await trigger(page, 'invoice:sent', { invoice_id: 1 });
      expect(outcome).toMatchObject({ code: 'invalid_event', isError: true });
      expect(JSON.stringify(outcome.details)).toContain('client_email');
      const alert = page.getByRole('alert');
      await alert.waitFor();
      await expect.poll(() => alert.innerText()).toContain('Invoice sent');
      await alert.getByRole('button', { name: 'Close this notice' }).click();
      await expect.poll(() => alert.count()).toBe(0);
    });

    it('leaves HTML in types, errors and recipients as the text that it is', async () => {
      const { page, complaints } = await open();
      await waitForStatus(page, 'connected');
      const evil = '<img src=x onerror="window.broken=1">';
      await tenant.sql(
        `insert into websocket_events (customer_id, event_type, event_data, status) values ($1, $2, $3, 'pending')`,
        [tenant.customerId, evil, JSON.stringify({ [evil]: evil })],
      );
      await trigger(page, `invoice:sent${evil}`, {});
      await trigger(page, 'invoice:sent', { ...invoice.event_data, client_email: evil });
      await page.getByRole('button', { name: 'Messages' }).click();
      await page.getByRole('complementary').getByText('<img src=x', { exact: false }).first().waitFor();
      const found = await page.evaluate(() => ({
        images: document.querySelector('#websocket-sidebar')!.shadowRoot!.querySelectorAll('img').length,
        broken: 'broken' in window,
      }));
      expect(found).toEqual({ images: 0, broken: false });
      expect(complaints).toEqual([]);
    });

    it('sends nothing twice when the same key is used again', async () => {
      const { page } = await open();
      const options = { idempotencyKey: 'the-same-key' };
      const first = await trigger(page, 'invoice:sent', invoice.event_data, options);
      const second = await trigger(page, 'invoice:sent', invoice.event_data, options);
      expect(second.value).toMatchObject({ event_id: first.value?.event_id, duplicate: true });
    });

    it('remembers on the next page what this one triggered', async () => {
      const { page } = await open();
      const { value } = await trigger(page, 'invoice:sent', invoice.event_data);
      await page.goto(`${server.origin}/second`);
      const own = await waitUntil(
        () =>
          page.evaluate(
            (id) =>
              window.websocketSidebar?.events.find(
                ({ eventId, phase }) => eventId === id && phase === 'completed',
              ),
            value?.event_id,
          ),
        { what: 'the event to be completed on the second page' },
      );
      expect(own).toMatchObject({ isOwn: true, total: 1, sent: 1 });
    });

    it('can be opened, left and read without a mouse', async () => {
      const { page } = await open();
      const pill = page.getByRole('button', { name: 'Messages' });
      await expect.poll(() => pill.getAttribute('aria-expanded')).toBe('false');
      await pill.focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => pill.getAttribute('aria-expanded')).toBe('true');
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Escape');
      await expect.poll(() => pill.getAttribute('aria-expanded')).toBe('false');
      expect(
        await pill.evaluate((button) => (button.getRootNode() as ShadowRoot).activeElement === button),
      ).toBe(true);
      await expect
        .poll(() => page.getByRole('log', { name: 'Notices' }).getAttribute('aria-live'))
        .toBe('polite');
    });

    it('asks for a new token when the one it has expires, and stays', async () => {
      let handed = 0;
      const shortServer = await servePages({
        '/': () => htmlPage(scriptTag('data-token-url="/token"')),
        '/token': async () => {
          handed += 1;
          if (handed > 1) return { status: 200, body: { token: await tenant.token() } };
          const claims = { customer_id: tenant.customerId, user_id: '7', session_id: 's' };
          // Long enough to be used at once, gone soon after.
          const token = jwt.sign(claims, 'test-9f2c7b1e5d8a4063', {
            expiresIn: 2,
            issuer: 'modular-gateway',
            audience: 'modular-gateway-clients',
          });
          return { status: 200, body: { token } };
        },
      });
      try {
        const { page } = await browser.open(shortServer.origin);
        await waitForStatus(page, 'connected');
        await waitUntil(() => handed === 2, { what: 'a second token to be asked for' });
        await waitForStatus(page, 'connected');
        const { value } = await trigger(page, 'invoice:sent', invoice.event_data);
        expect(value?.success).toBe(true);
        await page.context().close();
      } finally {
        await shortServer.stop();
      }
    });

    it.each([
      ['no token', '', 'no_token', 'data-token'],
      ['a wrong token', 'data-token="a.b.c"', 'unauthorized', 'token'],
    ])('says plainly that it cannot connect with %s', async (_what, attributes, code, word) => {
      const other = await servePages({ '/': () => htmlPage(scriptTag(attributes)) });
      try {
        const { page } = await browser.open(other.origin);
        await waitForStatus(page, 'refused');
        expect(await trigger(page, 'invoice:sent', {})).toMatchObject({
          code,
          message: expect.stringContaining(word) as string,
        });
        await page.getByRole('button', { name: 'Messages' }).click();
        await page.getByText('Not connected').waitFor();
        await page.context().close();
      } finally {
        await other.stop();
      }
    });

    it('keeps its looks whatever the page’s styles say, and the page keeps its own', async () => {
      const hostile = await servePages({
        '/': () =>
          htmlPage(
            '<style>* { font-size: 40px !important; color: red !important } h2, ol { display: none !important }</style>',
            '<h2 id="own">Mine</h2><p id="text">Text</p>',
            scriptTag('data-token-url="/token" data-theme="light"'),
          ),
        '/token': async () => ({ status: 200, body: { token: await tenant.token() } }),
      });
      try {
        const { page } = await browser.open(hostile.origin);
        const pill = page.getByRole('button', { name: 'Messages' });
        await pill.click();
        const style = await pill.evaluate((button) => {
          const { fontSize, color } = getComputedStyle(button);
          return { fontSize, color };
        });
        expect(style).toEqual({ fontSize: '14px', color: 'rgb(27, 36, 48)' });
        await expect.poll(() => page.getByRole('heading', { name: 'Messages' }).isVisible()).toBe(true);
        await expect
          .poll(() => page.locator('#text').evaluate((text) => getComputedStyle(text).fontSize))
          .toBe('40px');
        await page.context().close();
      } finally {
        await hostile.stop();
      }
    });

    it('is only there once, however often the page names it', async () => {
      const twice = await servePages({
        '/': () => htmlPage(scriptTag('data-token-url="/token"'), scriptTag('data-token-url="/token"')),
        '/token': async () => ({ status: 200, body: { token: await tenant.token() } }),
      });
      try {
        const { page } = await browser.open(twice.origin);
        await waitForStatus(page, 'connected');
        await expect.poll(() => page.getByRole('button', { name: 'Messages' }).count()).toBe(1);
        await page.context().close();
      } finally {
        await twice.stop();
      }
    });

    it('says so when events have waited too long, and takes no more than a hundred', async () => {
      const away = await servePages({
        '/': () => htmlPage(scriptTag(`data-token-url="/token" data-gateway="http://127.0.0.1:9"`)),
        '/token': async () => ({ status: 200, body: { token: await tenant.token() } }),
      });
      try {
        const { page } = await browser.open(away.origin);
        expect(await trigger(page, 'invoice:sent', {}, { timeoutMs: 300 })).toMatchObject({
          code: 'timed_out',
        });
        const codes = await page.evaluate(async () => {
          const all = Array.from({ length: 101 }, () =>
            window.websocketSidebar!.triggerEvent('invoice:sent', {}, { timeoutMs: 1_500 }).then(
              () => 'accepted',
              (thrown: unknown) => (thrown as { code: string }).code,
            ),
          );
          return Promise.all(all);
        });
        expect(codes.filter((code) => code === 'timed_out')).toHaveLength(100);
        expect(codes.at(-1)).toBe('queue_full');
        await waitForStatus(page, 'waiting');
        await page.context().close();
      } finally {
        await away.stop();
      }
    });

    // Last: it stops the gateway of this file.
    it('waits while the gateway is away, then sends what waited and catches up on what it missed', async () => {
      const { page } = await open();
      await waitForStatus(page, 'connected');
      const before = await trigger(page, 'invoice:sent', invoice.event_data);
      await gateway.gateway.stop();
      await waitForStatus(page, 'waiting');

      const [row] = await tenant.sql<{ id: number }>(
        `insert into websocket_events (customer_id, event_type, event_data, status) values ($1, $2, $3, 'pending')
        returning id`,
        [
          tenant.customerId,
          invoice.event_type,
          JSON.stringify({ ...invoice.event_data, client_email: 'row@example.com' }),
        ],
      );
      const queued = trigger(page, 'invoice:sent', {
        ...invoice.event_data,
        client_email: 'queued@example.com',
      });
      await page.getByRole('button', { name: 'Messages' }).click();
      await page.getByText('Waiting for the gateway').waitFor();

      const again = await startGateway({ env: { ...env(), PORT: String(gateway.port) }, beside: gateway });
      try {
        const { value } = await queued;
        expect(value?.event_id).toBeGreaterThan(before.value!.event_id);
        await mails.waitForMail((mail) => mail.to.includes('queued@example.com'));
        await waitUntil(
          async () => {
            const list = await phases(page);
            return [row!.id, value!.event_id, before.value!.event_id].every((id) =>
              list.some(({ eventId, phase }) => eventId === id && phase === 'completed'),
            );
          },
          { what: 'the missed event and the queued one to be completed on the page' },
        );
        expect(mails.mails.filter((mail) => mail.to.includes('queued@example.com'))).toHaveLength(1);
      } finally {
        await again.stop();
      }
    });
  },
);
