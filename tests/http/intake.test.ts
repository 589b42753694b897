import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';

interface Accepted {
  success: boolean;
  event_id: number;
  status: string;
  deliveries: { id: number; channel: string; recipient: string; status: string }[];
  duplicate?: boolean;
}

interface Refused {
  error: string;
  code: string;
  details: { path: string; message: string }[];
}

let gateway: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  gateway = await startGateway();
  // Nothing leaves: what is looked at here is what intake writes.
  tenant = await gateway.addTenant();
  await gateway.registry.setPaused(tenant.customerId, true);
});
afterAll(() => gateway.stop());

const countEvents = async () =>
  Number((await tenant.sql<{ count: string }>('select count(*) from websocket_events'))[0]?.count);

describe('POST an event', () => {
  it('answers 202 on /api/events once the event and its deliveries are in the database', async () => {
    const answer = await tenant.post<Accepted>(
      '/api/events',
      invoiceEvent({ client_email: 'one@example.com' }),
    );
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      success: true,
      event_id: expect.any(Number) as number,
      status: 'processing',
      deliveries: [
        {
          id: expect.any(Number) as number,
          channel: 'email',
          recipient: 'one@example.com',
          status: 'pending',
        },
      ],
    });
    const rows = await tenant.sql(
      `select e.customer_id, e.event_type, e.event_data, e.status, d.id as delivery_id, d.channel, d.recipient
        from websocket_events e join message_deliveries d on d.event_id = e.id where e.id = $1`,
      [answer.body.event_id],
    );
    expect(rows).toEqual([
      {
        customer_id: tenant.customerId,
        event_type: 'invoice:sent',
        event_data: invoiceEvent({ client_email: 'one@example.com' }).event_data,
        status: 'processing',
        delivery_id: answer.body.deliveries[0]?.id,
        channel: 'email',
        recipient: 'one@example.com',
      },
    ]);
  });

  it.each(['/api/websocket-events.php', '/emit-event'])('answers exactly 200 on %s', async (path) => {
    const answer = await tenant.post<Accepted>(path, invoiceEvent());
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ success: true, event_id: expect.any(Number) as number });
    expect(answer.body.duplicate).toBeUndefined();
  });

  it('completes an event that tells nobody, with no deliveries', async () => {
    const answer = await tenant.post<Accepted>('/api/events', quietEvent);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'completed', deliveries: [] });
  });

  it('takes [] for empty data: PHP has no other way to write {}', async () => {
    const refused = await tenant.post<Refused>('/emit-event', { event_type: 'invoice:sent', event_data: [] });
    expect(refused.status).toBe(422);
    expect(refused.body.details.map((problem) => problem.path)).toEqual([
      'event_data.invoice_id',
      'event_data.client_email',
      'event_data.invoice_number',
      'event_data.total_amount',
    ]);
    await tenant.sql('insert into tenant_event_types (event_type, definition) values ($1, $2)', [
      'ping',
      { type: 'ping', title: 'Ping', required: {}, audiences: [], sample: {} },
    ]);
    await expect
      .poll(async () => (await tenant.post('/emit-event', { event_type: 'ping', event_data: [] })).status)
      .toBe(200);
    const rows = await tenant.sql(`select event_data from websocket_events where event_type = 'ping'`);
    expect(rows).toEqual([{ event_data: {} }]);
  });

  it('takes the body whatever its content type says, and as a form', async () => {
    const { status } = await gateway.call('/emit-event', {
      raw: JSON.stringify(quietEvent),
      headers: { 'content-type': 'text/plain', authorization: `Bearer ${tenant.apiKey}` },
    });
    expect(status).toBe(200);
  });
});

describe('what is wrong with an event', () => {
  it.each([
    ['a missing field', { invoice_number: undefined }, 'event_data.invoice_number', 'is required'],
    ['an empty field', { invoice_number: '' }, 'event_data.invoice_number', 'is required'],
    ['a null', { client_email: null }, 'event_data.client_email', 'is required'],
    ['no address', { client_email: 'nobody' }, 'event_data.client_email', 'must be an email address'],
    ['no amount', { total_amount: 'much' }, 'event_data.total_amount', 'amount'],
    ['attachments that are no list', { attachments: 'x' }, 'event_data.attachments', 'list'],
    [
      'an attachment without content',
      { attachments: [{ filename: 'a.pdf' }] },
      'event_data.attachments.0',
      'content_base64',
    ],
  ])('names %s', async (_what, data, path, message) => {
    const before = await countEvents();
    const answer = await tenant.post<Refused>('/api/events', invoiceEvent(data));
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('invalid_event');
    expect(answer.body.details).toEqual([{ path, message: expect.stringContaining(message) as string }]);
    expect(answer.body.error).toContain(path);
    expect(await countEvents()).toBe(before);
  });

  it('lists the known types for an unknown one', async () => {
    const answer = await tenant.post<Refused>('/api/events', { event_type: 'invoice:lost', event_data: {} });
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('invalid_event');
    for (const known of [
      'invoice:sent',
      'invoice:paid',
      'user:clockedIn',
      'user:clockedOut',
      'payslip:generated',
      'document:sent',
      'payment:received',
      'refund:created',
      'timesheet:submitted',
      'timesheet:approved',
      'timesheet:rejected',
    ]) {
      expect(answer.body.error).toContain(known);
    }
    expect(answer.body.details[0]?.path).toBe('event_type');
  });

  it.each([
    ['no body', ''],
    ['a list', '[]'],
    ['a text', '"invoice:sent"'],
    ['null', 'null'],
  ])('refuses %s as an event', async (_what, raw) => {
    const answer = await gateway.call<Refused>('/api/events', {
      method: 'POST',
      raw,
      headers: { authorization: `Bearer ${tenant.apiKey}` },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('invalid_event');
  });

  it('answers 400 for what is no JSON', async () => {
    const answer = await gateway.call('/api/events', {
      raw: '{"event_type": ',
      headers: { authorization: `Bearer ${tenant.apiKey}` },
    });
    expect(answer.status).toBe(400);
    expect(answer.body['code']).toBe('invalid_json');
  });

  it.each([
    ['NUL in a value', '"note":"a\\u0000b"', 'event_data.note'],
    ['NUL in a name', '"a\\u0000b":1', 'event_data.a\u0000b'],
    ['half a surrogate pair', '"note":"\\ud83d"', 'event_data.note'],
    ['half a pair deep inside', '"items":[{"name":"\\udc00 x"}]', 'event_data.items.0.name'],
    ['__proto__', '"__proto__":{"polluted":true}', 'event_data.__proto__'],
    ['__proto__ deep inside', '"a":{"b":[{"__proto__":null}]}', 'event_data.a.b.0.__proto__'],
  ])('refuses %s and names it', async (_what, member, path) => {
    const before = await countEvents();
    const answer = await gateway.call<Refused>('/api/events', {
      raw: `{"event_type":"user:clockedIn","event_data":{"user_id":1,"user_name":"x","clock_in_time":"08:00",${member}}}`,
      headers: { authorization: `Bearer ${tenant.apiKey}` },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('invalid_event');
    expect(answer.body.details[0]?.path).toBe(path);
    expect(await countEvents()).toBe(before);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('keeps whole surrogate pairs, quotes and line breaks as they are', async () => {
    const note = '😀 "quoted" \\ \r\n\t ünïcödé \u2028 \uffff';
    const answer = await tenant.post<Accepted>('/api/events', invoiceEvent({ notes: note }));
    expect(answer.status).toBe(202);
    const [row] = await tenant.sql<{ event_data: { notes: string } }>(
      'select event_data from websocket_events where id = $1',
      [answer.body.event_id],
    );
    expect(row?.event_data.notes).toBe(note);
  });

  it('refuses a single text over 1 MB, and takes one below', async () => {
    const refused = await tenant.post<Refused>('/api/events', invoiceEvent({ notes: 'x'.repeat(1_048_577) }));
    expect(refused.status).toBe(422);
    expect(refused.body.details[0]?.path).toBe('event_data.notes');
    const taken = await tenant.post('/api/events', invoiceEvent({ memo: 'x'.repeat(900_000) }));
    expect(taken.status).toBe(202);
  });

  it('answers 413 for a body beyond its limit', async () => {
    const { status, body } = await gateway.call('/api/events', {
      raw: Buffer.alloc(33 * 1024 * 1024, ' '),
      headers: { authorization: `Bearer ${tenant.apiKey}` },
    });
    expect(status).toBe(413);
    expect(body['code']).toBe('body_too_large');
  });

  it.each([
    ['that is too large', 'good', 70_000_000, 413, 'body_too_large'],
    ['of a stranger', 'wrong', 4_000_000, 401, 'unauthorized'],
  ])(
    'does not reset a connection on which a body %s is still coming in',
    async (_what, key, length, status, code) => {
      const socket = connect(gateway.port, '127.0.0.1');
      let thrown: unknown;
      socket.on('error', (error) => (thrown = error));
      socket.write(
        `POST /api/events/batch HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n` +
          `Authorization: Bearer ${key === 'good' ? tenant.apiKey : 'mgw_of-nobody'}\r\n\r\n`,
      );
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*"code":"${code}"`));
      // Many clients read the answer only when they have sent everything.
      for (let sent = 0; sent < 4_000_000; sent += 500_000) {
        await new Promise((resolve) => socket.write(Buffer.alloc(500_000, ' '), resolve));
      }
      expect(thrown).toBeUndefined();
      if (length === 4_000_000) await once(socket, 'end');
      expect(thrown).toBeUndefined();
      socket.destroy();
    },
  );

  it('takes JSON behind a byte order mark', async () => {
    const answer = await gateway.call('/emit-event', {
      raw: `\ufeff${JSON.stringify(invoiceEvent())}`,
      headers: { authorization: `Bearer ${tenant.apiKey}` },
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['no Host', 400, 'GET /health HTTP/1.1\r\n\r\n'],
    ['an Expect that nobody fulfils', 417, 'GET /health HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n'],
  ])('answers a head with %s in JSON', async (_what, status, head) => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(gateway.port, '127.0.0.1', () => socket.write(head));
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => {
        chunks.push(chunk);
        if (Buffer.concat(chunks).includes('}')) socket.destroy();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    });
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as Record<string, unknown>;
    expect(body).toEqual({
      success: false,
      error: expect.any(String) as string,
      code: expect.stringMatching(/^[a-z_]+$/) as string,
    });
  });

  it.each([['not a time'], ['2026-02-30T10:00:00Z'], [17], [{}]])(
    'refuses expires_at %j',
    async (expires) => {
      const answer = await tenant.post<Refused>('/api/events', invoiceEvent({}, { expires_at: expires }));
      expect(answer.status).toBe(422);
      expect(answer.body.details).toEqual([{ path: 'expires_at', message: expect.any(String) as string }]);
    },
  );
});
