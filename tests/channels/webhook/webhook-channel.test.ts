import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TenantSettings } from '../../../main/contracts/tenant-settings';
import type { Channel, ChannelTenant } from '../../../main/gateway/channels/channel';
import {
  createWebhookChannel,
  type WebhookChannelOptions,
} from '../../../main/gateway/channels/webhook/webhook-channel';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook-receiver';
import { failureOf, makeMessage, makeTenant, never } from '../make-message';

const standardSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
let receiver: WebhookReceiver;
let channel: Channel;

function startChannel(options: WebhookChannelOptions = {}): Channel {
  channel = createWebhookChannel(options);
  return channel;
}

function makeReceivingTenant(settings: Partial<TenantSettings> = {}): ChannelTenant {
  return makeTenant({
    webhook_enabled: true,
    webhook_url: `${receiver.origin}/hook`,
    allow_private_urls: true,
    ...settings,
  });
}

beforeEach(async () => {
  receiver = await startWebhookReceiver();
  startChannel();
});

afterEach(async () => {
  await channel.stop();
  await receiver.stop();
});

describe('what a webhook carries', () => {
  it('has the body of the contract', async () => {
    const message = makeMessage({
      messageId: 'msg_1',
      eventData: { invoice_number: 'INV-1', total_amount: 1500.5 },
    });
    const receipt = await channel.send(makeReceivingTenant(), message, never());
    const request = await receiver.waitForRequest();
    expect(request.method).toBe('POST');
    expect(request.path).toBe('/hook');
    expect(JSON.parse(request.body.toString())).toEqual({
      type: 'invoice:sent',
      event_type: 'invoice:sent',
      customer_id: 'ACC001',
      timestamp: '2026-03-04T05:06:07.000Z',
      data: { event_id: 7, delivery_id: message.deliveryId, invoice_number: 'INV-1', total_amount: 1500.5 },
    });
    expect(receipt).toMatchObject({ messageId: 'msg_1', response: '200 {"ok":true}' });
    expect(receipt.exchange).toMatchObject({ url: `${receiver.origin}/hook`, status: 200 });
  });

  it('lets its own identifiers win over those in the event data, which are kept beside them', async () => {
    const eventData = JSON.parse(
      '{"event_id":"forged","delivery_id":"forged","__proto__":{"x":1},"a":"é\\u2028"}',
    ) as Record<string, unknown>;
    const message = makeMessage({ eventData });
    await channel.send(makeReceivingTenant(), message, never());
    const request = await receiver.waitForRequest();
    const text = request.body.toString();
    expect(JSON.parse(text)).toMatchObject({
      data: {
        event_id: 7,
        delivery_id: message.deliveryId,
        a: 'é\u2028',
        original: { event_id: 'forged', delivery_id: 'forged' },
      },
    });
  });

  it('says who sends what', async () => {
    await channel.send(makeReceivingTenant(), makeMessage({ messageId: 'msg_2' }), never());
    const { headers, body } = await receiver.waitForRequest();
    expect(headers['content-type']).toBe('application/json');
    expect(headers['user-agent']).toMatch(/^Modular-Gateway\/\d+\.\d+\.\d+/);
    expect(headers['content-length']).toBe(String(body.length));
    expect(headers['webhook-id']).toBe('msg_2');
    expect(headers['webhook-timestamp']).toMatch(/^\d{10}$/);
    expect(headers.host).toBe(`127.0.0.1:${receiver.port}`);
  });

  it('keeps query strings, and sends unsigned without a secret', async () => {
    const tenant = makeReceivingTenant({
      webhook_url: `${receiver.origin}/hook?token=a%20b`,
      webhook_secret: '',
    });
    await channel.send(tenant, makeMessage(), never());
    const { headers, path } = await receiver.waitForRequest();
    expect(path).toBe('/hook?token=a%20b');
    expect(headers).not.toHaveProperty('webhook-signature');
    expect(headers).not.toHaveProperty('x-webhook-signature');
  });
});

describe('signatures', () => {
  it('passes the verification of the Standard Webhooks library', async () => {
    const tenant = makeReceivingTenant({ webhook_secret: standardSecret });
    await channel.send(tenant, makeMessage({ messageId: 'msg_3', eventData: { name: 'Zoë ☃' } }), never());
    const { body, headers } = await receiver.waitForRequest();
    const verified = new Webhook(standardSecret).verify(body, headers as Record<string, string>);
    expect(verified).toMatchObject({ data: { name: 'Zoë ☃' } });
    const tampered = Buffer.from(body.toString().replace('ACC001', 'ACC002'));
    expect(() => new Webhook(standardSecret).verify(tampered, headers as Record<string, string>)).toThrow(
      /No matching signature/,
    );
  });

  it('takes a secret of any other form as the key itself', async () => {
    const secret = 'a secret that somebody typed';
    await channel.send(makeReceivingTenant({ webhook_secret: secret }), makeMessage(), never());
    const { body, headers } = await receiver.waitForRequest();
    const webhook = new Webhook(secret, { format: 'raw' });
    expect(webhook.verify(body, headers as Record<string, string>)).toMatchObject({ customer_id: 'ACC001' });
  });

  it.each([standardSecret, 'plain-secret'])(
    'adds the HMAC of the original server with %s',
    async (secret) => {
      await channel.send(makeReceivingTenant({ webhook_secret: secret }), makeMessage(), never());
      const { body, headers } = await receiver.waitForRequest();
      expect(headers['x-webhook-signature']).toBe(createHmac('sha256', secret).update(body).digest('hex'));
    },
  );
});

describe('answers', () => {
  it.each([
    [200, 'sent', ''],
    [201, 'sent', ''],
    [204, 'sent', ''],
    [400, 'temporary', 'http_400'],
    [401, 'temporary', 'http_401'],
    [404, 'temporary', 'http_404'],
    [408, 'unavailable', 'http_408'],
    [410, 'permanent', 'http_410'],
    [418, 'temporary', 'http_418'],
    [425, 'unavailable', 'http_425'],
    [429, 'unavailable', 'http_429'],
    [500, 'temporary', 'http_500'],
    [502, 'unavailable', 'http_502'],
    [503, 'unavailable', 'http_503'],
    [504, 'unavailable', 'http_504'],
    [599, 'temporary', 'http_599'],
  ])('treats %i as %s', async (status, kind, code) => {
    receiver.behave({ status, body: status === 204 ? '' : 'because' });
    const sending = channel.send(makeReceivingTenant(), makeMessage(), never());
    if (kind === 'sent') {
      await expect(sending).resolves.toMatchObject({
        response: status === 204 ? '204' : `${status} because`,
      });
      return;
    }
    const failure = await failureOf(sending);
    expect(failure).toMatchObject({ kind, code, detail: { response: `${status} because` } });
    expect(failure.message).toMatch(/^The webhook receiver 127\.0\.0\.1:\d+ .+\(\d{3}\)\.$/);
    expect(failure.detail).not.toHaveProperty('retryAfterMs');
  });

  it.each([
    [429, '120', 120_000],
    [503, '7', 7_000],
    [503, '99999999999', 86_400_000],
    [503, 'Mon, 01 Jan 2001 00:00:00 GMT', 0],
  ])('obeys Retry-After of a %i: %s', async (status, retryAfter, retryAfterMs) => {
    receiver.behave({ status, headers: { 'retry-after': retryAfter } });
    const failure = await failureOf(channel.send(makeReceivingTenant(), makeMessage(), never()));
    expect(failure.detail.retryAfterMs).toBe(retryAfterMs);
  });

  it('obeys a Retry-After that is a date', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    receiver.behave({ status: 503, headers: { 'retry-after': date } });
    const failure = await failureOf(channel.send(makeReceivingTenant(), makeMessage(), never()));
    expect(failure.detail.retryAfterMs).toBeGreaterThan(50_000);
    expect(failure.detail.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('ignores a Retry-After that is neither', async () => {
    receiver.behave({ status: 503, headers: { 'retry-after': 'soon' } });
    const failure = await failureOf(channel.send(makeReceivingTenant(), makeMessage(), never()));
    expect(failure.detail).not.toHaveProperty('retryAfterMs');
  });

  it('does not follow redirects, and says where they lead without the secrets in the address', async () => {
    receiver.behave({ path: '/hook', redirectTo: '/elsewhere?token=secret' });
    const failure = await failureOf(channel.send(makeReceivingTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'temporary', code: 'webhook_redirected' });
    expect(failure.message).toContain(`redirects to ${receiver.origin}/elsewhere (302)`);
    expect(failure.message).not.toContain('secret');
    expect(receiver.count).toBe(1);
  });

  it('keeps 1,000 readable characters of an answer', async () => {
    receiver.behave({ body: `\u0000\u0007${'é'.repeat(3_000)}` });
    const receipt = await channel.send(makeReceivingTenant(), makeMessage(), never());
    expect(receipt.response).toBe(`200 ${'é'.repeat(998)}`);
  });

  it('stops reading an answer that never ends', async () => {
    receiver.behave({ endless: true });
    const receipt = await channel.send(makeReceivingTenant(), makeMessage(), never());
    expect(receipt.response).toBe(`200 ${'x'.repeat(1_000)}`);
    await receiver.waitForNoConnections();
  });
});

describe('receivers that cannot be talked to', () => {
  it('gives up after the time-out', async () => {
    startChannel({ timeoutMs: 150 });
    receiver.behave({ hang: true });
    const failure = await failureOf(channel.send(makeReceivingTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'webhook_timed_out' });
    expect(failure.message).toMatch(
      /^The webhook receiver 127\.0\.0\.1:\d+ did not answer within 0\.15 seconds\.$/,
    );
    await receiver.waitForNoConnections();
  });

  it('counts a webhook as taken when only the rest of the answer is missing', async () => {
    // The first half of the answer comes before this, also from a machine that stands still for a moment.
    startChannel({ timeoutMs: 5_000 });
    receiver.behave({ neverEnd: true, body: 'taken' });
    const receipt = await channel.send(makeReceivingTenant(), makeMessage(), never());
    expect(receipt.response).toBe('200 taken');
    await receiver.waitForNoConnections();
  });

  it('is unavailable when the receiver closes the connection', async () => {
    receiver.behave({ closeSocket: true });
    const failure = await failureOf(channel.send(makeReceivingTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'connection_lost' });
  });

  it('is unavailable when nobody listens', async () => {
    await receiver.stop();
    const failure = await failureOf(channel.send(makeReceivingTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'connection_refused' });
    expect(failure.message).toContain('refuses connections');
    receiver = await startWebhookReceiver();
  });

  it('is unavailable when the host is unknown', async () => {
    startChannel({
      lookup: () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })),
    });
    const tenant = makeReceivingTenant({ webhook_url: 'http://nowhere.example/hook' });
    const failure = await failureOf(channel.send(tenant, makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'host_unknown' });
  });

  it('gives up in time when the name is never found', async () => {
    startChannel({ timeoutMs: 150, lookup: () => new Promise(() => undefined) });
    const tenant = makeReceivingTenant({ webhook_url: 'http://slow.example/hook' });
    const failure = await failureOf(channel.send(tenant, makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'webhook_timed_out' });
  });

  it('ends when the signal is raised', async () => {
    receiver.behave({ hang: true });
    const abort = new AbortController();
    const sending = failureOf(channel.send(makeReceivingTenant(), makeMessage(), abort.signal));
    await receiver.waitForRequest();
    abort.abort();
    expect(await sending).toMatchObject({ kind: 'temporary', code: 'aborted' });
    await receiver.waitForNoConnections();
  });

  it('does not begin when the signal is already raised', async () => {
    const failure = await failureOf(channel.send(makeReceivingTenant(), makeMessage(), AbortSignal.abort()));
    expect(failure).toMatchObject({ kind: 'temporary', code: 'aborted' });
    expect(receiver.connections).toBe(0);
  });

  it('is not configured without an address', async () => {
    const failure = await failureOf(channel.send(makeTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'webhook_not_configured' });
  });
});

describe('the outbound guard', () => {
  it('refuses private addresses unless the tenant may, in whichever notation', async () => {
    for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost']) {
      const tenant = makeReceivingTenant({
        webhook_url: `http://${host}:${receiver.port}/`,
        allow_private_urls: false,
      });
      const failure = await failureOf(channel.send(tenant, makeMessage(), never()));
      expect(failure).toMatchObject({ kind: 'permanent', code: 'private_address_refused' });
      expect(failure.message).toContain('allow_private_urls');
    }
    expect(receiver.connections).toBe(0);
  });

  it('refuses a name that leads to a private address', async () => {
    startChannel({ lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) });
    const url = `http://rebound.example:${receiver.port}/`;
    const tenant = makeReceivingTenant({ webhook_url: url, allow_private_urls: false });
    const failure = await failureOf(channel.send(tenant, makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'permanent', code: 'private_address_refused' });
    expect(receiver.connections).toBe(0);
  });

  it('connects to the address that was found, with one lookup for each connection', async () => {
    const asked: string[] = [];
    startChannel({
      lookup: (hostname) => {
        asked.push(hostname);
        return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
      },
    });
    const tenant = makeReceivingTenant({ webhook_url: `http://receiver.example:${receiver.port}/hook` });
    await channel.send(tenant, makeMessage(), never());
    // undici lends a connection again one turn of the event loop after the answer.
    await setImmediate();
    await channel.send(tenant, makeMessage(), never());
    expect(asked).toEqual(['receiver.example']);
    expect(receiver.requests.map(({ headers }) => headers.host)).toEqual(
      Array.from({ length: 2 }, () => `receiver.example:${receiver.port}`),
    );
  });

  it('never lends a connection to a private machine to a tenant that may not call one', async () => {
    startChannel({ lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) });
    const url = `http://receiver.example:${receiver.port}/hook`;
    await channel.send(makeReceivingTenant({ webhook_url: url }), makeMessage(), never());
    const other = makeReceivingTenant({ webhook_url: url, allow_private_urls: false });
    expect(await failureOf(channel.send(other, makeMessage(), never()))).toMatchObject({
      code: 'private_address_refused',
    });
    expect(receiver.count).toBe(1);
  });

  it.each([
    ['ftp://example.com/', 'url_scheme_refused'],
    ['http://user:secret@127.0.0.1/', 'url_credentials_refused'],
    ['not an address', 'url_invalid'],
  ])('refuses %s', async (url, code) => {
    const failure = await failureOf(
      channel.send(makeReceivingTenant({ webhook_url: url }), makeMessage(), never()),
    );
    expect(failure).toMatchObject({ kind: 'permanent', code });
    expect(failure.message).not.toContain('secret');
  });
});

describe('connections', () => {
  it('keeps them alive and shares them', async () => {
    const tenant = makeReceivingTenant();
    for (let round = 0; round < 5; round += 1) {
      await channel.send(tenant, makeMessage(), never());
      await setImmediate();
    }
    expect(receiver.connections).toBe(1);
  });

  it('does not wait for a slow receiver to serve another', async () => {
    receiver.behave({ path: '/slow', hang: true });
    const slow = failureOf(
      channel.send(makeReceivingTenant({ webhook_url: `${receiver.origin}/slow` }), makeMessage(), never()),
    );
    await receiver.waitForCount(1);
    await channel.send(makeReceivingTenant(), makeMessage(), never());
    await channel.stop();
    expect(await slow).toMatchObject({ kind: 'temporary', code: 'stopped' });
  });

  it('stops soon with a webhook in flight, and leaves nothing open', async () => {
    receiver.behave({ hang: true });
    const hanging = failureOf(channel.send(makeReceivingTenant(), makeMessage(), never()));
    await receiver.waitForRequest();
    const began = performance.now();
    await channel.stop();
    // The hanging receiver itself would be waited for 15 s.
    expect(performance.now() - began).toBeLessThan(14_000);
    expect((await hanging).code).toBe('stopped');
    await receiver.waitForNoConnections();
    expect(await failureOf(channel.send(makeReceivingTenant(), makeMessage(), never()))).toMatchObject({
      code: 'stopped',
    });
  });

  it('lets a webhook in flight finish while it stops', async () => {
    receiver.behave({ delayMs: 200 });
    const sending = channel.send(makeReceivingTenant(), makeMessage(), never());
    await receiver.waitForRequest();
    await channel.stop();
    await expect(sending).resolves.toMatchObject({ response: '200 {"ok":true}' });
  });
});
