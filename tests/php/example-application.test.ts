import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signWebhook } from '../../main/gateway/channels/webhook/webhook-signature';
import { browserPath, startBrowser, type TestBrowser, type TestPage } from '../embed/open-test-page';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { phpPath, startPhp, type PhpServer } from './start-php';

const secret = `whsec_${randomBytes(24).toString('base64')}`;

/** Two gateways on the same databases. */
const masterKey = 'a-master-key-for-two-gateways';

if (phpPath === undefined)
  console.warn('php-cli is not installed: the tests of the PHP example are skipped.');

describe.skipIf(phpPath === undefined)('examples/php (skipped without php-cli)', () => {
  let mails: MailCatcher;
  let gateway: TestGateway;
  let tenant: TestTenant;
  let php: PhpServer;

  beforeAll(async () => {
    mails = await startMailCatcher();
    gateway = await startGateway({
      env: {
        ALLOWED_ORIGINS: '*',
        SYSTEM_SMTP_HOST: '127.0.0.1',
        SYSTEM_SMTP_PORT: String(mails.port),
        GATEWAY_MASTER_KEY: masterKey,
      },
    });
    tenant = await gateway.addTenant();
    php = await startPhp({
      GATEWAY_URL: gateway.origin,
      GATEWAY_CUSTOMER_ID: tenant.customerId,
      GATEWAY_API_KEY: tenant.apiKey,
      GATEWAY_WEBHOOK_SECRET: secret,
    });
    await tenant.set({
      webhook_enabled: true,
      webhook_url: `${php.origin}/webhook.php`,
      webhook_secret: secret,
    });
  });
  afterAll(async () => {
    await php.stop();
    await gateway.stop();
    await mails.stop();
  });

  interface PhpAnswer {
    readonly status: number;
    readonly body: Record<string, unknown>;
  }
  async function ask(path: string, init: RequestInit = {}): Promise<PhpAnswer> {
    const response = await fetch(php.origin + path, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  /** The cookie of somebody who has looked at the page, and the ids of that session. */
  async function logIn(): Promise<string> {
    const response = await fetch(`${php.origin}/index.php`);
    await response.text();
    return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  }
  function readIds(token: string): Record<string, string> {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      string
    >;
  }

  describe('token.php and verify-session.php', () => {
    it('give a token to who is logged in, and to nobody else', async () => {
      expect(await ask('/token.php')).toMatchObject({ status: 401, body: { code: 'not_logged_in' } });
      const cookie = await logIn();
      const { status, body } = await ask('/token.php', { headers: { cookie } });
      expect(status).toBe(200);
      expect(readIds(String(body['token']))).toMatchObject({ customer_id: tenant.customerId, user_id: '17' });
      // PHP's own session id is nobody else's business.
      expect(JSON.stringify(readIds(String(body['token'])))).not.toContain(cookie.split('=')[1]);
    });

    it('vouch for the three ids as long as the session lasts', async () => {
      const cookie = await logIn();
      const { body } = await ask('/token.php', { headers: { cookie } });
      const { customer_id, user_id, session_id } = readIds(String(body['token']));
      const verify = async (ids: object) =>
        (await ask('/verify-session.php', { method: 'POST', body: JSON.stringify(ids) })).body;
      expect(await verify({ customer_id, user_id, session_id })).toEqual({ valid: true });
      for (const wrong of [
        { customer_id: 'ACC999', user_id, session_id },
        { customer_id, user_id: '18', session_id },
        { customer_id, user_id, session_id: '../sessions/x' },
        { customer_id, user_id, session_id: [session_id] },
        {},
        'text',
      ]) {
        expect(await verify(wrong as object)).toEqual({ valid: false });
      }
      // The gateway itself asks here, for a page that has ids and no token.
      const second = await startGateway({
        beside: gateway,
        env: { SESSION_VERIFY_URL: `${php.origin}/verify-session.php`, GATEWAY_MASTER_KEY: masterKey },
      });
      try {
        const path = `/whatsapp/status/${tenant.customerId}?user_id=17&session_id=`;
        expect((await second.call(path + String(session_id))).status).toBe(200);
        expect((await second.call(`${path}made-up`)).status).toBe(401);
        expect(
          (
            await ask('/index.php?logout', { headers: { cookie }, redirect: 'manual' }).catch(() => ({
              status: 302,
            }))
          ).status,
        ).toBe(302);
        expect(await verify({ customer_id, user_id, session_id })).toEqual({ valid: false });
      } finally {
        await second.stop();
      }
    });
  });

  describe('webhook.php', () => {
    const body = Buffer.from(
      JSON.stringify({ type: 'invoice:paid', event_type: 'invoice:paid', timestamp: 'T', data: {} }),
    );
    const nowSeconds = () => Math.floor(Date.now() / 1000);
    function post(
      changes: { id?: string; timestamp?: string; sent?: Buffer; headers?: Record<string, string> } = {},
    ) {
      const {
        id = `msg_${randomBytes(6).toString('hex')}`,
        timestamp = String(nowSeconds()),
        sent = body,
      } = changes;
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        ...signWebhook(secret, id, timestamp, body),
        ...changes.headers,
      };
      return ask('/webhook.php', { method: 'POST', headers, body: new Uint8Array(sent) });
    }

    it('takes what the gateway signed, once', async () => {
      const id = 'msg_once';
      expect(await post({ id })).toEqual({ status: 200, body: { success: true, duplicate: false } });
      expect(await post({ id })).toEqual({ status: 200, body: { success: true, duplicate: true } });
    });

    it.each([
      ['a changed body', { sent: Buffer.from('{"type":"invoice:paid"}') }],
      ['a wrong signature', { headers: { 'webhook-signature': 'v1,AAAA' } }],
      ['a wrong older signature', { headers: { 'x-webhook-signature': '00' } }],
      ['a recording', { timestamp: String(nowSeconds() - 3_600) }],
      ['no timestamp', { timestamp: '' }],
    ])('refuses %s', async (_what, changes) => {
      expect(await post(changes)).toMatchObject({ status: 401, body: { code: 'bad_signature' } });
    });
  });

  describe.skipIf(browserPath === undefined)('its page in Chromium (skipped without a browser)', () => {
    let browser: TestBrowser;
    let opened: TestPage | undefined;
    beforeAll(async () => {
      browser = await startBrowser();
    });
    afterEach(async () => {
      await opened?.close();
    });
    afterAll(() => browser.stop());

    it('sends from the server and from the page; email and webhook arrive, and both are seen live', async () => {
      opened = await browser.open(`${php.origin}/index.php`);
      const { page, complaints } = opened;
      await page.getByText('No phone linked yet').first().waitFor();
      await page.getByLabel('Email').fill('server@example.com');
      await page.getByRole('button', { name: 'Send from the server' }).click();
      await page.getByText(/^Accepted as event \d+\.$/).waitFor();
      await mails.waitForMail((mail) => mail.to.includes('server@example.com'));

      await page.getByLabel('Invoice number').fill('INV-0002');
      await page.getByLabel('Email').fill('page@example.com');
      await page.getByRole('button', { name: 'Send from this page' }).click();
      await mails.waitForMail((mail) => mail.to.includes('page@example.com'));
      // Its own event is told of when it is over.
      await page.getByRole('log', { name: 'Notices' }).getByText('Sent · 2 messages').waitFor();

      await page.getByRole('button', { name: 'Messages' }).click();
      const rows = page.getByRole('complementary', { name: 'Messages' }).locator('li.event');
      await waitUntil(async () => (await rows.filter({ hasText: 'Sent · 2 messages' }).count()) === 2, {
        what: 'both events to be shown as sent',
      });
      await page.reload();
      await waitUntil(async () => (await page.locator('.webhooks li').count()) >= 2, {
        what: 'the webhooks on the page',
      });
      // Its Content-Security-Policy forbids inline scripts, inline styles and eval.
      expect(complaints).toEqual([]);
      expect(php.log()).not.toMatch(/PHP (Warning|Notice|Deprecated|Fatal)/);
    });

    it('says why an invoice was not taken', async () => {
      opened = await browser.open(`${php.origin}/index.php`);
      const { page } = opened;
      await page.getByLabel('Amount').fill('a lot');
      await page.getByRole('button', { name: 'Send from the server' }).click();
      await page.locator('#answer').getByText('total_amount').waitFor();
    });
  });
});
