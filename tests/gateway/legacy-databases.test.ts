import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

interface Accepted {
  event_id: number;
  deliveries: { id: number; channel: string }[];
}

let mail: MailCatcher;
let hook: WebhookReceiver;
let gateway: TestGateway;

beforeAll(async () => {
  [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  gateway = await startGateway({ env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) } });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([mail.stop(), hook.stop()]);
});

describe.each(['seed', 'settings-schema'] as const)('a database of the original server (%s)', (seed) => {
  const schema = seed === 'seed' ? 'public' : 'settings';
  const customerId = 'ACC001';
  let database: TestDatabase;
  let tenant: TestTenant;

  beforeAll(async () => {
    mail.reset();
    hook.reset();
    database = await createTestDatabase({ seed });
    tenant = await gateway.addTenant({
      customerId,
      databaseUrl: database.url,
      settings: { use_customer_smtp: false, webhook_url: `${hook.origin}/${seed}` },
    });
  });
  afterAll(async () => {
    await gateway.registry.remove(customerId, { dropDatabase: false });
    await waitUntil(async () => (await tenant.get('/api/events')).status === 401, {
      what: 'the tenant to be gone',
    });
    await database.stop();
  });

  it('delivers an event by its own settings and keeps the old rows', async () => {
    const { status, body } = await tenant.post<Accepted>(
      '/emit-event',
      invoiceEvent({ client_email: `${seed}@example.com` }),
    );
    expect(status).toBe(200);
    expect(body.deliveries.map((delivery) => delivery.channel)).toEqual(['email', 'webhook']);
    await mail.waitForMail((caught) => caught.to.includes(`${seed}@example.com`));
    await hook.waitForRequest((request) => request.path === `/${seed}`);
    await expect
      .poll(async () => (await tenant.get(`/api/events/${body.event_id}`)).body['status'])
      .toBe('completed');
    const rows = await tenant.sql(
      `select id, status from ${schema}.websocket_events where id <= 4 order by id`,
    );
    expect(rows).toEqual([
      { id: 1, status: 'completed' },
      { id: 2, status: 'failed' },
      // Had waited since before the gateway came: last year's refunds do not go out tonight.
      { id: 3, status: 'pending' },
      { id: 4, status: null },
    ]);
    const deliveries = await tenant.sql(
      `select id, status from ${schema}.message_deliveries where id <= 4 order by id`,
    );
    expect(deliveries.map((row) => row['status'])).toEqual(['sent', 'failed', 'pending', null]);
  });

  it('takes a row that the PHP client inserts, unqualified where the search path leads there', async () => {
    await tenant.sql(`set search_path to ${schema}`);
    await tenant.sql(
      `insert into websocket_events (customer_id, event_type, event_data, status) values ($1, 'invoice:sent', $2, 'pending')`,
      [customerId, JSON.stringify(invoiceEvent({ client_email: `row-${seed}@example.com` }).event_data)],
    );
    await tenant.sql('reset search_path');
    await mail.waitForMail((caught) => caught.to.includes(`row-${seed}@example.com`));
  });

  it('shows the old rows of the customer, and only those, in its history', async () => {
    const events = await tenant.get<{ events: { event_id: number }[] }>('/api/events?limit=500');
    const ids = events.body.events.map((event) => event.event_id);
    expect(ids).toEqual(expect.arrayContaining([1, 2, 3]));
    expect(ids).not.toContain(4);
    const deliveries = await tenant.get<{ deliveries: { id: number }[] }>('/api/deliveries?limit=500');
    expect(deliveries.body.deliveries.map((delivery) => delivery.id)).not.toContain(4);
    const old = await tenant.get('/api/events/1');
    expect(old.status).toBe(200);
    expect(old.body).toMatchObject({
      event_id: 1,
      status: 'completed',
      created_at: '2024-01-05T08:00:00.000Z',
    });
    expect((await tenant.get('/api/events/4')).status).toBe(404);
  });

  it('sends an old failed delivery when a person asks for it', async () => {
    const before = hook.requests.length;
    const answer = await tenant.post('/api/deliveries/2/retry');
    expect(answer.status).toBe(202);
    await expect.poll(async () => (await tenant.get('/api/deliveries/2')).body['status']).toBe('sent');
    expect(hook.requests.length).toBeGreaterThanOrEqual(before);
  });
});

describe('two tenants in one database', () => {
  it('see and send their own rows only', async () => {
    mail.reset();
    const database = await createTestDatabase({ seed: 'seed', rows: false });
    const [one, two] = [
      await gateway.addTenant({ customerId: 'ONE', databaseUrl: database.url }),
      await gateway.addTenant({ customerId: 'TWO', databaseUrl: database.url }),
    ];
    const first = await one.post<Accepted>(
      '/api/events',
      invoiceEvent({ client_email: 'of-one@example.com' }),
    );
    const second = await two.post<Accepted>(
      '/api/events',
      invoiceEvent({ client_email: 'of-two@example.com' }),
    );
    await one.sql(
      `insert into websocket_events (customer_id, event_type, event_data, status) values ('TWO', 'invoice:sent', $1, 'pending')`,
      [JSON.stringify(invoiceEvent({ client_email: 'row-of-two@example.com' }).event_data)],
    );
    for (const name of ['of-one', 'of-two', 'row-of-two']) {
      await mail.waitForMail((caught) => caught.to.includes(`${name}@example.com`));
    }
    expect(mail.mails).toHaveLength(3);
    const secondDelivery = second.body.deliveries[0]?.id ?? 0;
    await two.sql(`update message_deliveries set status = 'failed' where id = $1`, [secondDelivery]);
    expect((await one.get(`/api/events/${second.body.event_id}`)).status).toBe(404);
    expect((await one.get(`/api/deliveries/${secondDelivery}`)).status).toBe(404);
    expect((await one.post(`/api/deliveries/${secondDelivery}/retry`)).status).toBe(404);
    expect((await one.post(`/api/deliveries/${secondDelivery}/resolve`, { action: 'close' })).status).toBe(
      404,
    );
    expect((await one.post('/api/deliveries/replay', { filter: {} })).body).toMatchObject({ replayed: 0 });
    const listed = await one.get<{ events: { event_id: number }[] }>('/api/events');
    expect(listed.body.events.map((event) => event.event_id)).toEqual([first.body.event_id]);
    const socket = await one.watch();
    const since = await socket.ask('events:since', { event_id: 0 });
    expect((since['events'] as { event_id: number }[]).map((event) => event.event_id)).toEqual([
      first.body.event_id,
    ]);
    await gateway.registry.remove('ONE', { dropDatabase: false });
    await gateway.registry.remove('TWO', { dropDatabase: false });
    await expect.poll(async () => (await two.get('/api/events')).status).toBe(401);
    await database.stop();
  });
});
