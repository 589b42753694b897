import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openSocket, watchSocket, type WatchedSocket } from '../support/watch-socket';

const jwtSecret = 'test-9f2c7b1e5d8a4063';
const anyNumber = expect.any(Number) as number;

let mail: MailCatcher;
let hook: WebhookReceiver;
let gateway: TestGateway;
let tenant: TestTenant;
let other: TestTenant;
let open: WatchedSocket[] = [];

beforeAll(async () => {
  [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  gateway = await startGateway({
    env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) },
  });
  const settings = {
    webhook_enabled: true,
    webhook_url: `${hook.origin}/hook`,
    max_retries: 1,
    first_retry_seconds: 0.02,
  };
  tenant = await gateway.addTenant({ settings });
  other = await gateway.addTenant();
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([mail.stop(), hook.stop()]);
});
beforeEach(async () => {
  // What the tests before left under way is told to whoever is connected.
  for (const each of [tenant, other]) {
    await waitUntil(
      async () =>
        (await each.sql(`select 1 from websocket_events where status in ('pending', 'processing')`))
          .length === 0,
      { what: 'all events to be done' },
    );
  }
  mail.reset();
  hook.reset();
  for (const socket of open) socket.close();
  open = [];
});

async function connect(who = tenant): Promise<WatchedSocket> {
  const socket = await watchSocket(gateway.origin, { token: await who.token() });
  open.push(socket);
  return socket;
}

const sign = (claims: object, expiresIn: number) =>
  jwt.sign({ customer_id: tenant.customerId, user_id: '7', session_id: 's', ...claims }, jwtSecret, {
    expiresIn,
    issuer: 'modular-gateway',
    audience: 'modular-gateway-clients',
  });

describe('the handshake', () => {
  it.each([
    ['no token', () => ({})],
    ['an empty token', () => ({ token: '' })],
    ['a token that is none', () => ({ token: 'abc' })],
    ['a token that is no text', () => ({ token: { $ne: '' } })],
    ['an expired token', () => ({ token: sign({}, -1) })],
    ['a token of a customer that is not there', () => ({ token: sign({ customer_id: 'GONE' }, 60) })],
    ['a token for another customer than it names', () => ({ token: sign({}, 60), customer_id: 'ACC002' })],
  ])('ends in a connect_error with %s', async (_what, auth) => {
    const thrown: unknown = await watchSocket(gateway.origin, auth()).then(
      (socket) => {
        socket.close();
        return undefined;
      },
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(Error);
    expect((thrown as Error & { data?: unknown }).data).toMatchObject({ code: expect.any(String) as string });
  });

  it('takes tokens and API keys', async () => {
    const byKey = await watchSocket(gateway.origin, { token: tenant.apiKey });
    expect(byKey.socket.connected).toBe(true);
    byKey.close();
    expect((await connect()).socket.connected).toBe(true);
  });

  it('ends the connection when its token runs out', async () => {
    // Enough to connect with on a machine that stands still for a moment.
    const socket = await watchSocket(gateway.origin, { token: sign({}, 8) });
    open.push(socket);
    expect(socket.socket.connected).toBe(true);
    await waitUntil(() => !socket.socket.connected, { what: 'the connection to end' });
  });
});

describe('internal:event', () => {
  it('is acknowledged by the callback once stored, and by event:acknowledged to the sender only', async () => {
    const [sender, colleague] = [await connect(), await connect()];
    const answer = await sender.ask('internal:event', invoiceEvent());
    expect(answer).toMatchObject({ success: true, event_id: anyNumber });
    const stored = await tenant.sql('select event_type, source from websocket_events where id = $1', [
      answer['event_id'],
    ]);
    expect(stored).toEqual([{ event_type: 'invoice:sent', source: 'socket' }]);
    const acknowledged = await sender.waitFor('event:acknowledged');
    expect(acknowledged).toEqual({ event_id: answer['event_id'], event_type: 'invoice:sent' });
    await colleague.waitFor('event:completed', (payload) => payload['event_id'] === answer['event_id']);
    expect(colleague.named('event:acknowledged')).toEqual([]);
    expect(sender.messages[0]?.name).toBe('event:acknowledged');
  });

  it('tells a sender without a callback by event:failed that its event was not accepted', async () => {
    const [sender, colleague] = [await connect(), await connect()];
    sender.socket.emit('internal:event', { event_type: 'invoice:sent', event_data: {} });
    const failed = await sender.waitFor('event:failed');
    expect(failed).toMatchObject({
      event_id: null,
      customer_id: tenant.customerId,
      event_type: 'invoice:sent',
      status: 'failed',
      code: 'invalid_event',
      error: expect.any(String) as string,
      result: { deliveries: [] },
    });
    const refused = await sender.ask('internal:event', { event_type: 'invoice:sent', event_data: {} });
    expect(refused).toMatchObject({ success: false, code: 'invalid_event' });
    expect(sender.named('event:failed')).toHaveLength(1);
    expect(colleague.named('event:failed')).toEqual([]);
  });

  it.each([
    ['with a callback', true, ['websocket']],
    ['without a callback', false, ['websocket']],
    ["with a callback, by the client's default of polling first", true, ['polling', 'websocket']],
    ["without a callback, by the client's default of polling first", false, ['polling', 'websocket']],
  ] as const)(
    'works as the very first packet of a connection, %s',
    async (_what, withCallback, transports) => {
      const socket = openSocket(gateway.origin, { token: await other.token() }, transports);
      open.push(socket);
      if (withCallback) {
        expect(await socket.ask('internal:event', quietEvent)).toMatchObject({
          success: true,
          event_id: anyNumber,
        });
      } else {
        socket.socket.emit('internal:event', quietEvent);
      }
      const acknowledged = await socket.waitFor('event:acknowledged');
      const completed = await socket.waitFor('event:completed');
      expect(completed).toMatchObject({ event_id: acknowledged['event_id'], status: 'completed' });
      expect(socket.messages.map((message) => message.name)).toEqual([
        'event:acknowledged',
        'event:progress',
        'event:completed',
      ]);
    },
  );

  it('answers what is wrong, and the connection stays', async () => {
    const socket = await connect();
    const refused = await socket.ask('internal:event', invoiceEvent({ total_amount: 'much' }));
    expect(refused).toMatchObject({
      success: false,
      code: 'invalid_event',
      error: expect.stringContaining('event_data.total_amount') as string,
    });
    for (const payload of [
      undefined,
      null,
      'text',
      17,
      [],
      {},
      { event_type: 'invoice:sent', event_data: [] },
    ]) {
      expect(await socket.ask('internal:event', payload)).toMatchObject({
        success: false,
        code: 'invalid_event',
      });
    }
    socket.socket.emit('internal:event');
    socket.socket.emit('internal:event', 'a', 'b', 'c');
    socket.socket.emit('unknown:message', { a: 1 });
    expect(await socket.ask('internal:event', quietEvent)).toMatchObject({ success: true });
  });

  it('knows idempotency keys, those of HTTP too', async () => {
    const socket = await connect();
    const key = randomUUID();
    const first = await tenant.post<{ event_id: number }>(
      '/api/events',
      invoiceEvent({}, { idempotency_key: key }),
    );
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        socket.ask('internal:event', invoiceEvent({}, { idempotency_key: key })),
      ),
    );
    for (const answer of answers) {
      expect(answer).toMatchObject({ success: true, event_id: first.body.event_id, duplicate: true });
    }
    expect(
      await tenant.sql('select count(*)::integer as n from websocket_events where idempotency_key = $1', [
        key,
      ]),
    ).toEqual([{ n: 1 }]);
  });

  it('counts against the rate limit', async () => {
    const limited = await gateway.addTenant({ settings: { rate_limit_user_per_minute: 2 } });
    const socket = await connect(limited);
    const answers = [];
    for (let n = 0; n < 3; n += 1) answers.push(await socket.ask('internal:event', quietEvent));
    expect(answers.map((answer) => answer['code'])).toEqual([undefined, undefined, 'rate_limited']);
  });
});

describe('what a tenant is told', () => {
  it('has the shapes of the contract', async () => {
    const socket = await connect();
    const { body } = await tenant.post<{ event_id: number; deliveries: { id: number; channel: string }[] }>(
      '/api/events',
      invoiceEvent({ client_email: 'shape@example.com' }),
    );
    const eventId = body.event_id;
    const completed = await socket.waitFor('event:completed', (payload) => payload['event_id'] === eventId);
    const base = { event_id: eventId, customer_id: tenant.customerId, event_type: 'invoice:sent' };
    const ids = new Map(body.deliveries.map((delivery) => [delivery.channel, delivery.id]));
    expect(completed).toMatchObject({
      ...base,
      status: 'completed',
      progress: 100,
      sent: 2,
      failed: 0,
      total: 2,
      result: {
        deliveries: [
          { id: ids.get('email'), channel: 'email', recipient: 'shape@example.com', status: 'sent' },
          { id: ids.get('webhook'), channel: 'webhook', recipient: `${hook.origin}/hook`, status: 'sent' },
        ],
      },
    });
    const progress = socket.named('event:progress');
    for (const step of progress) {
      expect(step).toMatchObject({ ...base, total: 2, sent: anyNumber, failed: 0, progress: anyNumber });
      expect(step['progress']).toBe(Number(step['sent']) * 50);
    }
    expect(progress.at(-1)).toMatchObject({ progress: 100, status: 'completed' });
    const sent = socket.named('message:sent');
    expect(sent.map((message) => message['channel']).sort()).toEqual(['email', 'webhook']);
    for (const message of sent) {
      expect(message).toMatchObject({
        delivery_id: ids.get(String(message['channel'])),
        event_id: eventId,
        customer_id: tenant.customerId,
        recipient: expect.any(String) as string,
        message_id: expect.any(String) as string,
        status: 'sent',
      });
    }
  });

  it('is a failure with the whole result when one delivery failed for good', async () => {
    const socket = await connect();
    hook.behave({ status: 410 });
    const { body } = await tenant.post<{ event_id: number }>(
      '/api/events',
      invoiceEvent({ client_email: 'half@example.com' }),
    );
    const failed = await socket.waitFor('event:failed', (payload) => payload['event_id'] === body.event_id);
    expect(failed).toMatchObject({
      status: 'failed',
      error: expect.any(String) as string,
      sent: 1,
      failed: 1,
      total: 2,
      result: {
        deliveries: [
          { channel: 'email', status: 'sent' },
          { channel: 'webhook', status: 'failed' },
        ],
      },
    });
    expect(socket.named('event:completed')).toEqual([]);
  });

  it('is not told to another tenant', async () => {
    const [mine, theirs] = [await connect(tenant), await connect(other)];
    const { body } = await tenant.post<{ event_id: number }>('/api/events', invoiceEvent());
    await mine.waitFor('event:completed', (payload) => payload['event_id'] === body.event_id);
    // A message of their own comes after anything that could have slipped through.
    const own = await theirs.ask('internal:event', quietEvent);
    await theirs.waitFor('event:completed', (payload) => payload['event_id'] === own['event_id']);
    for (const message of theirs.messages) {
      if (message.name === 'event:acknowledged') continue;
      expect(message.payload['customer_id']).toBe(other.customerId);
    }
    expect(mine.messages.every((message) => message.payload['customer_id'] === tenant.customerId)).toBe(true);
  });

  it('does not let a client join another room, or speak as the server', async () => {
    const [mine, theirs] = [await connect(tenant), await connect(other)];
    theirs.socket.emit('join', `tenant:${tenant.customerId}`);
    theirs.socket.emit('subscribe', { customer_id: tenant.customerId });
    theirs.socket.emit('event:completed', { event_id: 1, customer_id: tenant.customerId });
    await theirs.ask('internal:event', quietEvent);
    const { body } = await tenant.post<{ event_id: number }>('/api/events', quietEvent);
    await mine.waitFor('event:completed', (payload) => payload['event_id'] === body.event_id);
    expect(mine.named('event:completed')).toHaveLength(1);
    const own = await theirs.ask('internal:event', quietEvent);
    await theirs.waitFor('event:completed', (payload) => payload['event_id'] === own['event_id']);
    expect(theirs.messages.some((message) => message.payload['customer_id'] === tenant.customerId)).toBe(
      false,
    );
  });
});

describe('events:since', () => {
  it('gives page after page what a client missed', async () => {
    const away = await gateway.addTenant();
    const ids: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      const { body } = await away.post<{ event_id: number }>(
        '/api/events',
        n % 2 === 0 ? quietEvent : invoiceEvent({ client_email: `since${n}@example.com` }),
      );
      ids.push(body.event_id);
    }
    const socket = await connect(away);
    await waitUntil(
      async () => (await away.sql(`select 1 from websocket_events where status = 'completed'`)).length === 7,
      { what: 'all to complete' },
    );
    const seen: Record<string, unknown>[] = [];
    let more = true;
    let pages = 0;
    let from = ids[0]! - 1;
    while (more) {
      const page = await socket.ask('events:since', { event_id: from, limit: 3 });
      expect(page).toMatchObject({ success: true });
      const events = page['events'] as Record<string, unknown>[];
      expect(events.length).toBeLessThanOrEqual(3);
      seen.push(...events);
      from = Number(events.at(-1)?.['event_id']);
      more = page['more'] as boolean;
      pages += 1;
    }
    expect(pages).toBe(3);
    expect(seen.map((event) => event['event_id'])).toEqual(ids);
    expect(seen[1]).toMatchObject({
      event_type: 'invoice:sent',
      status: 'completed',
      deliveries: [{ id: anyNumber, channel: 'email', recipient: 'since1@example.com', status: 'sent' }],
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    });
    expect(await socket.ask('events:since', { event_id: ids.at(-1) })).toEqual({
      success: true,
      events: [],
      more: false,
    });
    expect(((await socket.ask('events:since', {}))['events'] as unknown[]).length).toBe(7);
    expect(await socket.ask('events:since', { event_id: 'x' })).toMatchObject({ success: false });
    socket.socket.emit('events:since', { event_id: 0 });
    expect(await socket.ask('events:since', { event_id: 0, limit: 1 })).toMatchObject({ more: true });
  });
});
