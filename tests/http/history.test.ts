import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

interface Page<Name extends string> {
  next_cursor: string | null;
  events: Name extends 'events' ? Record<string, unknown>[] : never;
  deliveries: Name extends 'deliveries' ? Record<string, unknown>[] : never;
}

let mail: MailCatcher;
let hook: WebhookReceiver;
let gateway: TestGateway;
let tenant: TestTenant;
const eventIds: number[] = [];
let failedEvent = 0;

beforeAll(async () => {
  [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  gateway = await startGateway({ env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) } });
  tenant = await gateway.addTenant({
    settings: { webhook_enabled: true, webhook_url: `${hook.origin}/hook` },
  });
  mail.behave({ stage: 'rcpt', recipient: 'refused@example.com', code: 550, text: 'no' });
  for (let n = 0; n < 12; n += 1) {
    const { body } = await tenant.post<{ event_id: number }>(
      '/api/events',
      n % 3 === 0
        ? quietEvent
        : invoiceEvent({
            invoice_id: n,
            client_email: n === 5 ? 'refused@example.com' : `list${n % 2}@example.com`,
          }),
    );
    eventIds.push(body.event_id);
    if (n === 5) failedEvent = body.event_id;
  }
  await waitUntil(
    async () =>
      (await tenant.sql(`select 1 from websocket_events where status in ('completed', 'failed')`)).length ===
      12,
    { what: 'all events to end' },
  );
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([mail.stop(), hook.stop()]);
});

const ids = (rows: Record<string, unknown>[], name: string) => rows.map((row) => row[name] as number);

async function listEvents(query: string) {
  const { status, body } = await tenant.get<Page<'events'>>(`/api/events${query}`);
  expect(status).toBe(200);
  return body;
}

async function listDeliveries(query: string) {
  const { status, body } = await tenant.get<Page<'deliveries'>>(`/api/deliveries${query}`);
  expect(status).toBe(200);
  return body;
}

describe('GET /api/events', () => {
  it('is filtered by what its deliveries are, and by id', async () => {
    const mailed = await listEvents('?channel=email');
    expect(mailed.events).toHaveLength(8);
    expect((await listEvents('?channel=webhook')).events).toHaveLength(12);
    expect((await listEvents('?channel=whatsapp')).events).toEqual([]);
    const { events } = await listEvents('?recipient=refused@example.com');
    expect(ids(events, 'event_id')).toEqual([failedEvent]);
    // One delivery that is both.
    expect((await listEvents('?recipient=refused@example.com&channel=webhook')).events).toEqual([]);
    const [first] = eventIds;
    expect(ids((await listEvents(`?event_id=${first}`)).events, 'event_id')).toEqual([first]);
    const refused = await tenant.get('/api/events?channel=fax');
    expect(refused.status).toBe(422);
  });

  it('lists the newest first, with their deliveries', async () => {
    const { events, next_cursor: cursor } = await listEvents('');
    expect(ids(events, 'event_id')).toEqual([...eventIds].reverse());
    expect(cursor).toBeNull();
    expect(events[0]).toMatchObject({
      event_type: 'invoice:sent',
      status: 'completed',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      deliveries: [
        { channel: 'email', recipient: 'list1@example.com', status: 'sent' },
        { channel: 'webhook', status: 'sent' },
      ],
    });
  });

  it('pages by cursor, and rows that come meanwhile move nothing', async () => {
    const seen: number[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Page<'events'> = await listEvents(
        `?limit=5${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      );
      seen.push(...ids(page.events, 'event_id'));
      cursor = page.next_cursor;
      pages += 1;
      if (pages === 1) await tenant.post('/api/events', { ...quietEvent, idempotency_key: 'meanwhile' });
    } while (cursor !== null);
    expect(seen).toEqual([...eventIds].reverse());
    expect(pages).toBe(3);
    await tenant.sql(
      `delete from message_deliveries where event_id in (select id from websocket_events where idempotency_key = 'meanwhile')`,
    );
    await tenant.sql(`delete from websocket_events where idempotency_key = 'meanwhile'`);
  });

  it('filters by type, status and time', async () => {
    expect((await listEvents('?event_type=user:clockedIn')).events).toHaveLength(4);
    expect((await listEvents('?event_type=user%3AclockedIn&status=completed&limit=2')).events).toHaveLength(
      2,
    );
    expect(ids((await listEvents('?status=failed')).events, 'event_id')).toEqual([failedEvent]);
    expect((await listEvents('?event_type=made:up')).events).toEqual([]);
    await tenant.sql(`update websocket_events set created_at = '2025-03-01 12:00' where id = $1`, [
      eventIds[2],
    ]);
    for (const query of [
      '?from=2025-03-01T00:00:00Z&to=2025-03-02T00:00:00Z',
      '?from=2025-03-01&to=2025-03-02',
      '?to=2025-03-01T12:00:01Z',
      `?from=${encodeURIComponent('2025-03-01T14:00:00+02:00')}&to=${encodeURIComponent('2025-03-01T14:00:01+02:00')}`,
    ]) {
      expect(ids((await listEvents(query)).events, 'event_id')).toEqual([eventIds[2]]);
    }
    expect((await listEvents('?from=2025-03-02')).events).toHaveLength(11);
  });

  it.each([
    '?limit=0',
    '?limit=501',
    '?limit=x',
    '?cursor=abc',
    '?status=lost',
    '?from=yesterday',
    '?to=2025-13-01',
  ])('refuses %s', async (query) => {
    const { status, body } = await tenant.get(`/api/events${query}`);
    expect(status).toBe(422);
    expect(body['details']).toHaveLength(1);
  });

  it('shows one event with its data, deliveries and attempts', async () => {
    const { status, body } = await tenant.get(`/api/events/${failedEvent}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      event_id: failedEvent,
      event_type: 'invoice:sent',
      status: 'failed',
      event_data: { client_email: 'refused@example.com' },
      deliveries: [
        { channel: 'email', status: 'failed', attempts: [{ attempt: 1, outcome: 'failed' }] },
        { channel: 'webhook', status: 'sent', attempts: [{ attempt: 1, outcome: 'sent' }] },
      ],
    });
  });

  it.each(['999999', '0', '-1', 'abc', '99999999999999', '1.5', "1'--"])(
    'answers 404 for event %s',
    async (id) => {
      expect((await tenant.get(`/api/events/${encodeURIComponent(id)}`)).status).toBe(404);
    },
  );
});

describe('GET /api/deliveries', () => {
  it('filters by channel, status, event, type and recipient', async () => {
    const all = (await listDeliveries('?limit=500')).deliveries;
    expect(all).toHaveLength(20);
    expect(ids(all, 'id')).toEqual([...ids(all, 'id')].sort((a, b) => b - a));
    const cases: [string, (row: Record<string, unknown>) => boolean][] = [
      ['?channel=email', (row) => row['channel'] === 'email'],
      [
        '?channel=webhook&event_type=user:clockedIn',
        (row) => row['channel'] === 'webhook' && row['event_type'] === 'user:clockedIn',
      ],
      ['?status=failed', (row) => row['status'] === 'failed'],
      [`?event_id=${eventIds[1]}`, (row) => row['event_id'] === eventIds[1]],
      ['?recipient=list0@example.com', (row) => row['recipient'] === 'list0@example.com'],
      ['?recipient=nobody', () => false],
      ['?from=2000-01-01', () => true],
      ['?to=2000-01-01', () => false],
    ];
    for (const [query, fits] of cases) {
      const expected = ids(all.filter(fits), 'id');
      expect(ids((await listDeliveries(`${query}&limit=500`)).deliveries, 'id')).toEqual(expected);
    }
    expect(all.filter((row) => row['status'] === 'failed')).toHaveLength(1);
  });

  it('pages by cursor, filters included', async () => {
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<'deliveries'> = await listDeliveries(
        `?channel=webhook&limit=5${cursor ? `&cursor=${cursor}` : ''}`,
      );
      seen.push(...ids(page.deliveries, 'id'));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(12);
    expect(new Set(seen).size).toBe(12);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
  });

  it('takes a time whose + was not encoded, and says in words what a limit may be', async () => {
    const plus = await tenant.get('/api/deliveries?limit=1&from=2026-01-01T00:00:00+02:00');
    expect(plus.status).toBe(200);
    const refused = await tenant.get('/api/deliveries?limit=many');
    expect(refused.body['error']).toBe('Not understood: limit: must be a whole number from 1 to 500.');
  });

  it.each(['?channel=pigeon', '?status=lost', '?event_id=x', '?limit=-1'])('refuses %s', async (query) => {
    expect((await tenant.get(`/api/deliveries${query}`)).status).toBe(422);
  });
});

describe('whatever path is asked for', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/nothing/here'],
    ['POST', '/api/nothing'],
    ['PUT', '/api/events'],
    ['DELETE', '/api/events/1'],
    ['GET', '/%E0%A4%A'],
    ['GET', '/api/events/%E0%A4%A'],
    ['GET', '/..%2f..%2fetc/passwd'],
  ])('%s %s is answered in JSON', async (method, path) => {
    const answer = await gateway.call(path, { method });
    expect([400, 401, 404]).toContain(answer.status);
    expect(answer.body['error']).toEqual(expect.any(String));
  });

  it('says 404 for an unknown path', async () => {
    const answer = await gateway.call('/nothing/here');
    expect(answer.status).toBe(404);
    expect(answer.body['code']).toBe('not_found');
  });
});
