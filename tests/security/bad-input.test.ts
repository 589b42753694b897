import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { watchSocket } from '../support/watch-socket';
import { findRunningTimers } from '../support/watch-timers';
import { nest } from './hostile-values';

let gateway: TestGateway;
let tenant: TestTenant;
let mails: MailCatcher;
beforeAll(async () => {
  mails = await startMailCatcher();
  gateway = await startGateway({
    env: { SYSTEM_SMTP_HOST: mails.host, SYSTEM_SMTP_PORT: String(mails.port) },
  });
  tenant = await gateway.addTenant();
});
afterAll(async () => {
  await gateway.stop();
  await mails.stop();
});

interface Refusal extends Record<string, unknown> {
  readonly code: string;
  readonly details?: readonly { readonly path: string; readonly message: string }[];
}

async function expectRefused(body: unknown, path: string): Promise<void> {
  const answer = await tenant.post<Refusal>('/api/events', body);
  expect(answer.status, JSON.stringify(answer.body).slice(0, 300)).toBe(422);
  expect(answer.body.code).toBe('invalid_event');
  expect(answer.body.details?.map((problem) => problem.path)).toContain(path);
}

const withRaw = (raw: string) => ({
  method: 'POST',
  raw,
  headers: { authorization: `Bearer ${tenant.apiKey}` },
});

describe('an event is refused by the name of its field', () => {
  it.each<[string, object, string]>([
    ['a 10 MB text', { client_name: 'x'.repeat(10_000_000) }, 'event_data.client_name'],
    ['10 MB in a list', { lines: ['a', { text: 'x'.repeat(10_000_000) }] }, 'event_data.lines.1.text'],
    ['NUL', { client_name: 'a\u0000b' }, 'event_data.client_name'],
    ['half a surrogate pair', { notes: 'a\ud800b' }, 'event_data.notes'],
    ['NUL in a name', { 'a\u0000b': 1 }, 'event_data.a\u0000b'],
    [
      'a line break in an address',
      { client_email: 'a@example.com\r\nBcc: b@example.com' },
      'event_data.client_email',
    ],
    ['two addresses in one', { client_email: 'a@example.com,b@example.com' }, 'event_data.client_email'],
    ['a number for an address', { client_email: 17 }, 'event_data.client_email'],
    ['a list for an amount', { total_amount: [1500] }, 'event_data.total_amount'],
    ['a date that does not exist', { due_date: '2026-02-30' }, 'event_data.due_date'],
    ['a month that does not exist', { due_date: '2026-13-01' }, 'event_data.due_date'],
    ['an address that is no web page', { invoice_url: 'javascript:alert(1)' }, 'event_data.invoice_url'],
    ['a number that lost its digits', { order: 12345678901234567890 }, 'event_data.order'],
    [
      'an attachment with a line break in its name',
      { attachments: [{ filename: 'a\r\nb', content_base64: '' }] },
      'event_data.attachments.0.filename',
    ],
    [
      'an attachment from a file',
      { attachments: [{ filename: 'a', url: 'file:///etc/passwd' }] },
      'event_data.attachments.0.url',
    ],
  ])('%s', (_what, data, path) => expectRefused(invoiceEvent(data as Record<string, unknown>), path));

  it.each<[string, unknown, string]>([
    ['a number for the type', invoiceEvent({}, { event_type: 17 }), 'event_type'],
    ['a type from the prototype', invoiceEvent({}, { event_type: '__proto__' }), 'event_type'],
    ['data that is a text', invoiceEvent({}, { event_data: 'x' }), 'event_data'],
    ['data that is a list', invoiceEvent({}, { event_data: [1] }), 'event_data'],
    ['a key with a line break', invoiceEvent({}, { idempotency_key: 'a\r\nb' }), 'idempotency_key'],
    ['an expiry that does not exist', invoiceEvent({}, { expires_at: '2026-02-30T00:00:00Z' }), 'expires_at'],
    ['a list for the event', [], 'body'],
    ['a text for the event', 'x', 'body'],
  ])('%s', (_what, body, path) => expectRefused(body, path));

  it('deep nesting, also such as would end a recursion', async () => {
    const deep = await tenant.post<Refusal>('/api/events', invoiceEvent({ deep: nest(40) }));
    expect(deep.body.details?.[0]?.path).toMatch(/^event_data\.deep/);
    const text = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const raw = `{"event_type":"invoice:sent","event_data":{"deep":${text}}}`;
    const deeper = await gateway.call('/api/events', withRaw(raw));
    expect(deeper.status).toBe(422);
    for (const path of [
      '/api/event-types',
      '/api/templates/preview',
      '/api/deliveries/replay',
      '/auth/token',
    ]) {
      const levels = path === '/auth/token' ? 5_000 : 50_000;
      const answer = await gateway.call(
        path,
        withRaw(`{"sample":${'['.repeat(levels)}${']'.repeat(levels)}}`),
      );
      expect(answer.status, path).toBe(422);
    }
  });

  it('prototype keys, and no object gets them', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const raw = `{"event_type":"invoice:sent","event_data":{"client_name":"a","${key}":{"admin":true}}}`;
      const answer = await gateway.call<Refusal>('/api/events', withRaw(raw));
      expect(answer.status).toBe(422);
      expect(answer.body.details?.[0]?.path).toContain(key);
    }
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('numbers beyond what a number can be', async () => {
    const raw =
      '{"event_type":"invoice:sent","event_data":{"client_email":"a@example.com","invoice_id":1,"invoice_number":1,"total_amount":1e400}}';
    const answer = await gateway.call<Refusal>('/api/events', withRaw(raw));
    expect(answer.status).toBe(422);
    expect(answer.body.details?.[0]?.path).toBe('event_data.total_amount');
  });
});

describe('queries', () => {
  it.each([
    ['/api/deliveries?recipient=%00', 'recipient'],
    ['/api/events?event_type=a%00b', 'event_type'],
    ['/api/events?from=2026-02-30', 'from'],
    ['/api/deliveries?to=9999999-01-01', 'to'],
    ['/api/events?limit=-1', 'limit'],
    ['/api/events?limit=1e9', 'limit'],
    ['/api/deliveries?event_id=99999999999', 'event_id'],
    ['/api/events?cursor=%27%3B--', 'cursor'],
    ['/api/audit?action=%00', 'action'],
  ])('%s names its field', async (path, field) => {
    const answer = await tenant.get<Refusal>(path);
    expect(answer.status).toBe(422);
    expect(answer.body.details?.[0]?.path).toBe(field);
  });

  it.each([
    '/api/events/%00',
    '/api/events/%E0%A4%A',
    '/api/deliveries/1e5',
    '/api/events/99999999999999999999',
  ])('%s is a 4xx', async (path) => {
    const { status } = await tenant.get(path);
    expect([400, 404]).toContain(status);
  });
});

describe('what people write', () => {
  it('reaches a mail as text: no header, no SQL, no markup', async () => {
    const sql = `'); drop table websocket_events; --`;
    const name = `Eve\r\nBcc: thief@example.com\r\n\r\n<script>x</script> ${sql}`;
    const event = invoiceEvent({ company_name: name, client_name: name, invoice_number: sql, notes: sql });
    const { body } = await tenant.post<{ event_id: number }>('/api/events', event);
    const mail = await waitUntil(() => mails.mails.find(({ raw }) => raw.includes('drop table')), {
      what: 'the mail',
    });
    expect(mail.to).toEqual(['client@example.com']);
    expect(mail.parsed.bcc).toBeUndefined();
    const head = mail.raw.toString().split('\r\n\r\n')[0] ?? '';
    expect(head).toContain('Subject:');
    expect(head).not.toMatch(/^Bcc:/im);
    expect(mail.parsed.subject).toContain('thief@example.com');
    expect(String(mail.parsed.html)).not.toContain('<script>');
    const [row] = await tenant.sql<{ event_data: { notes: string } }>(
      'select event_data from websocket_events where id = $1',
      [body.event_id],
    );
    expect(row?.event_data.notes).toBe(sql);
  });

  it.each([
    '{% for i in (1..99999999) %}{% for j in (1..99999999) %}x{% endfor %}{% endfor %}',
    '{% assign a = "x" %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}{{ a }}',
    '{% include "/etc/passwd" %}',
    '{{ "x" | nothing_such }}',
    '{% if %}',
  ])('a template that would loop, grow or read files is refused: %s', async (text) => {
    const answer = await tenant.post<Refusal>('/api/templates', {
      event_type: 'invoice:sent',
      audience: 'client',
      channel: 'whatsapp',
      template: { text },
    });
    expect(answer.status).toBe(422);
  });
});

describe('bodies', () => {
  it.each([
    ['no JSON', '{"event_type":', 400],
    ['a number', '17', 422],
    ['null', 'null', 422],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80]), 400],
  ])('that are %s', async (_what, raw, status) => {
    const answer = await gateway.call('/api/events', {
      ...withRaw(''),
      raw: typeof raw === 'string' ? raw : new Uint8Array(raw),
    });
    expect(answer.status).toBe(status);
  });

  it('larger than their route allows are refused before they are read', async () => {
    const raw = `{"filter":{"recipient":"${'x'.repeat(400_000)}"}}`;
    expect((await gateway.call('/api/deliveries/replay', withRaw(raw))).status).toBe(413);
  });

  it('of strangers are not read: a body that never comes keeps nothing waiting', async () => {
    const socket = await open();
    const answered = collect(socket);
    socket.write('POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n{');
    expect(await answered).toMatch(/^HTTP\/1\.1 401 .*\r\n/);
  });
});

describe('connections that are not as they should be', () => {
  it.each([
    ['no HTTP at all', '\u0000\u0001\u0002garbage\r\n\r\n', 400],
    ['a head that is too large', `GET /health HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
    [
      'two lengths',
      'POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    [
      'a length and chunks',
      'POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
  ])('%s: answered in JSON, then ended', async (_what, head, status) => {
    const socket = await open();
    const answered = collect(socket);
    socket.write(head, 'latin1');
    const text = await answered;
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Refusal;
    expect(body.code).toMatch(/^[a-z_]+$/);
  });

  it('half-open ones, and websockets that send no frames of the protocol, cost nobody else anything', async () => {
    const sockets = await Promise.all(Array.from({ length: 200 }, () => open()));
    try {
      for (const [index, socket] of sockets.entries()) {
        if (index % 2 === 0) socket.write('POST /api/events HTTP/1.1\r\nHost: x\r\n');
        else socket.write(upgrade);
      }
      await waitUntil(() => sockets.filter(({ bytesRead }) => bytesRead > 0).length >= 100, {
        what: 'the upgrades to be answered',
      });
      // Unmasked, reserved bits, an endless length, text that is no Socket.IO.
      const frames = [
        [0x81, 0x01, 0x41],
        [0xff, 0xff],
        [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0],
        [0x81, 0x84, 0, 0, 0, 0, 0x34, 0x32, 0x5b, 0x22],
      ];
      for (const [index, socket] of sockets.entries()) {
        if (index % 2 === 1) socket.write(Buffer.from(frames[(index >> 1) % frames.length] ?? []));
      }
      expect((await tenant.post('/api/events', invoiceEvent())).status).toBe(202);
      const watched = await watchSocket(gateway.origin, { token: tenant.apiKey });
      expect(await watched.ask('events:since', {})).toMatchObject({ success: true });
      watched.close();
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});

describe('memory', () => {
  it('comes back after bodies of 10 MB, refused and accepted', async () => {
    const text = 'x'.repeat(10_000_000);
    const send = () => tenant.post('/api/events', invoiceEvent({ client_name: text }));
    await send();
    const before = heapAfterCollection();
    for (let round = 0; round < 10; round += 1) expect((await send()).status).toBe(422);
    // One body kept each time would be 100 MB. Buffers of sockets go a turn or two after their requests.
    await waitUntil(() => heapAfterCollection() - before < 40_000_000, {
      what: 'the memory to come back',
      intervalMs: 200,
    });
  });

  it('and the gateway is up', async () => {
    expect((await gateway.call('/health')).body['status']).toBe('ok');
    const faults = (await gateway.readLog()).filter(({ level }) => level === 'error');
    expect(faults).toEqual([]);
  });
});

const upgrade =
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(gateway.port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
    socket.on('error', () => undefined);
  });
}

/** Everything until the other side ends the connection. */
function collect(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text));
  });
}

function heapAfterCollection(): number {
  // The watch for leaked timers keeps ended ones, and what they close over, until it sweeps.
  findRunningTimers();
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
