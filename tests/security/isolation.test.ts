import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../main/gateway/http/route';
import { routeTable } from '../../main/gateway/http/route-table';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { openSocket, watchSocket } from '../support/watch-socket';

/**
 * ACC001 has events, deliveries, a type of its own; ACC002 tries to reach them. Both databases count from one:
 * ids of ACC001's rows are moved far up, so that a hit can only be ACC001's.
 */
const farId = 700_000;
const secretWord = 'zanzibar-payslip-9214';
let gateway: TestGateway;
let victim: TestTenant;
let thief: TestTenant;
let thiefToken: string;

beforeAll(async () => {
  // Every attempt comes from an address of its own: else the limit of failures would answer for the rules.
  gateway = await startGateway({ env: { GATEWAY_TRUST_PROXY: '1' } });
  victim = await gateway.addTenant({ customerId: 'ACC001' });
  thief = await gateway.addTenant({ customerId: 'ACC002' });
  thiefToken = await thief.token();
  await victim.sql(`select setval(pg_get_serial_sequence('websocket_events', 'id'), ${farId})`);
  await victim.sql(`select setval(pg_get_serial_sequence('message_deliveries', 'id'), ${farId})`);
  const event = invoiceEvent({ client_name: secretWord, client_email: `${secretWord}@example.com` });
  expect((await victim.post('/api/events', event)).body['event_id']).toBe(farId + 1);
  const own = {
    type: 'zanzibar:made',
    title: secretWord,
    required: { contact: 'email' },
    audiences: [
      {
        name: 'client',
        email_field: 'contact',
        templates: { email: { subject: 'A', text: '{{ contact }}' } },
      },
    ],
    sample: { contact: 'a@example.com' },
  };
  expect((await victim.post('/api/event-types', own)).body).toMatchObject({ event_type: { type: own.type } });
});
afterAll(() => gateway.stop());

interface Attempt {
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  /** 404 as well where the caller may ask, and must not find */
  readonly proven: boolean;
}

const madeUpKey = `mgw_${'A'.repeat(43)}`;
const attempts = (): Attempt[] => [
  { what: "another tenant's key", headers: { authorization: `Bearer ${thief.apiKey}` }, proven: true },
  { what: "another tenant's key in X-API-Key", headers: { 'x-api-key': thief.apiKey }, proven: true },
  { what: "another tenant's token", headers: { authorization: `Bearer ${thiefToken}` }, proven: true },
  {
    what: "another tenant's key and the header X-Customer-ID",
    headers: { authorization: `Bearer ${thief.apiKey}`, 'x-customer-id': 'ACC001' },
    proven: true,
  },
  { what: 'nothing', headers: {}, proven: false },
  { what: 'a customer id only', headers: { 'x-customer-id': 'ACC001' }, proven: false },
  { what: 'a key that was never made', headers: { authorization: `Bearer ${madeUpKey}` }, proven: false },
  { what: 'a token that was never made', headers: { authorization: 'Bearer a.b.c' }, proven: false },
];

/** Values for the parameters of a path that name the victim's, and such as nobody has. */
const victims: Readonly<Record<string, readonly string[]>> = {
  event: [String(farId + 1)],
  delivery: [String(farId + 1)],
  'event-type': ['zanzibar:made'],
  customer: ['ACC001'],
};
const nobodys: Readonly<Record<string, readonly string[]>> = {
  event: [String(farId + 99_999), '0', '-1', '2147483648', 'abc', '1%27%20or%201=1'],
  delivery: [String(farId + 99_999), '0', '-1', '2147483648', 'abc', '1%27%20or%201=1'],
  'event-type': ['nobody:made', '__proto__', 'constructor'],
  customer: ['ACC999', '__proto__', 'ACC001%00', 'acc001', 'ACC001%20'],
};

/** A body that is valid, so that the answer is about who asks, and about what. */
function validBody(route: Route, customerId: string): Record<string, unknown> | undefined {
  if (route.method !== 'post') return undefined;
  const bodies: Readonly<Record<string, Record<string, unknown>>> = {
    '/api/events/batch': { events: [{ ...invoiceEvent(), customer_id: customerId }] },
    '/api/deliveries/:id/resolve': { action: 'close' },
    '/api/deliveries/replay': { filter: {} },
    '/api/templates': {
      event_type: 'invoice:sent',
      audience: 'client',
      channel: 'whatsapp',
      template: { text: 'x' },
    },
    '/api/templates/preview': { event_type: 'zanzibar:made', audience: 'client', channel: 'email' },
    '/api/templates/reset': { event_type: 'zanzibar:made', audience: 'client', channel: 'email' },
    '/auth/token': { user_id: '7', session_id: 'made-up' },
    '/whatsapp/pairing-code/:customerId': { phone: '+27825550142', user_id: '7', session_id: 'x' },
    '/whatsapp/logout/:customerId': { user_id: '7', session_id: 'x' },
    '/whatsapp/send-document/:customerId': {
      recipient: '+27825550142',
      filename: 'a.pdf',
      document_base64: 'YQ==',
    },
  };
  return bodies[route.path] ?? invoiceEvent();
}

function fillPath(route: Route, values: Readonly<Record<string, string>>): string {
  return route.path.replace(/:(\w+)/g, (_whole, name: string) => values[name] ?? '');
}

const guarded = routeTable.filter(({ access }) => ['tenant', 'tenant-key', 'token'].includes(access));
const named = (route: Route): [string, Route] => [`${route.method.toUpperCase()} ${route.path}`, route];
/** What differs from one answer to the next without telling anything. */
const plain = (body: unknown, path: string) =>
  JSON.stringify(body).replaceAll(decodeURIComponent(path.split('/').at(-1) ?? ''), '…');

let addresses = 0;
function nextAddress(): string {
  addresses += 1;
  return `10.9.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
}

describe.each(guarded.map(named))('%s', (_name, route) => {
  const call = (path: string, headers: Attempt['headers'], body?: unknown) =>
    gateway.call(path, {
      method: route.method.toUpperCase(),
      headers: { ...headers, 'x-forwarded-for': nextAddress() },
      body,
    });

  it("answers 401, 403 or 404 to whoever names the victim without the victim's proof", async () => {
    const ids = Object.entries(route.pathIds ?? {});
    const values = Object.fromEntries(ids.map(([name, what]) => [name, victims[what]?.[0] ?? '']));
    const path = fillPath(route, values);
    for (const { what, headers, proven } of attempts()) {
      // A token is asked for in the body; without the ids there it is only told which are missing.
      for (const claim of route.access === 'token' ? (['body'] as const) : (['query', 'body'] as const)) {
        const body = validBody(route, 'ACC001');
        const claimed = claim === 'body' && body ? { ...body, customer_id: 'ACC001' } : body;
        const asked = claim === 'query' ? `${path}?customer_id=ACC001&user_id=7&session_id=x` : path;
        // A claim in the query counts where there is no body to hold one.
        const claims = claim === 'body' ? body !== undefined : route.method === 'get';
        const { status, body: answer } = await call(asked, headers, claimed);
        const hasCustomer = ids.some(([, id]) => id === 'customer');
        const mustRefuse = !proven || hasCustomer || claims;
        if (mustRefuse && route.path !== '/api/events/batch') {
          expect([401, 403, 404], `${what}, ${claim}: ${status}`).toContain(status);
        }
        if (!proven) expect(status, what).toBe(401);
        // Whatever else is answered is about the thief's own, and tells nothing of the victim.
        expect(JSON.stringify(answer), what).not.toContain(secretWord);
        expect(JSON.stringify(answer), what).not.toContain(String(farId + 1));
      }
    }
  });

  it('answers the same for what another tenant has and for what nobody has', async () => {
    const [id] = Object.entries(route.pathIds ?? {});
    if (!id) return;
    const [name, what] = id;
    for (const { what: proof, headers } of attempts()) {
      const paths = [...(victims[what] ?? []), ...(nobodys[what] ?? [])].map((value) =>
        fillPath(route, { [name]: value }),
      );
      const answers: { status: number; text: string }[] = [];
      for (const path of paths) {
        const { status, body } = await call(path, headers, validBody(route, 'ACC001'));
        answers.push({ status, text: plain(body, path) });
      }
      expect([401, 403, 404]).toContain(answers[0]?.status);
      for (const answer of answers) expect(answer, proof).toEqual(answers[0]);
    }
  });
});

describe('a batch', () => {
  it('takes no event that names another customer', async () => {
    const { body } = await thief.post<{ results: { status: number; code?: string }[] }>('/api/events/batch', {
      events: [{ ...invoiceEvent(), customer_id: 'ACC001' }, invoiceEvent()],
    });
    expect(body.results.map(({ status }) => status)).toEqual([403, 202]);
    expect(body.results[0]?.code).toBe('wrong_tenant');
  });
});

describe('lists, filters and cursors', () => {
  it("hold the caller's own only", async () => {
    const cursor = Buffer.from(`id:${farId + 2}`).toString('base64url');
    for (const path of [
      '/api/events?limit=500',
      `/api/events?cursor=${cursor}`,
      `/api/deliveries?cursor=${cursor}&limit=500`,
      `/api/deliveries?event_id=${farId + 1}`,
      `/api/deliveries?recipient=${secretWord}@example.com`,
      '/api/event-types',
      '/api/audit?limit=500',
    ]) {
      const { status, body } = await thief.get(path);
      expect(status, path).toBe(200);
      expect(JSON.stringify(body), path).not.toMatch(new RegExp(`${secretWord}|ACC001|zanzibar`));
    }
  });
});

describe('idempotency keys', () => {
  it("are each customer's own: the same key is no duplicate of another's", async () => {
    const event = invoiceEvent({}, { idempotency_key: 'same-key' });
    const first = await victim.post('/api/events', event);
    const second = await thief.post('/api/events', event);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body['duplicate']).toBeUndefined();
  });
});

/** Every message that the socket edge listens to; a new one has to be tried here too. */
const socketMessages = ['internal:event', 'events:since'];

describe('sockets', () => {
  it('listen to the messages that are tried here, and to no other', async () => {
    const source = await readFile('main/gateway/sockets/socket-messages.ts', 'utf8');
    const heard = [...source.matchAll(/(?:socket\.on|receive)\(\s*'([^']+)'/g)].map(([, name]) => name);
    expect([...new Set(heard)].sort()).toEqual([...socketMessages].sort());
  });

  it('are refused without proof, and with proof for another customer', async () => {
    const refused: Record<string, unknown>[] = [
      {},
      { token: '' },
      { token: madeUpKey },
      { token: 'a.b.c' },
      { token: { $ne: null } },
      { token: ['a'] },
      { token: thiefToken, customer_id: 'ACC001' },
      { token: thief.apiKey, customer_id: 'ACC001' },
      { customer_id: 'ACC001', user_id: '7', session_id: 'x' },
    ];
    for (const auth of refused) await expect(watchSocket(gateway.origin, auth)).rejects.toThrow();
  });

  it("hear nothing of another customer's events, in whichever room they ask to be", async () => {
    const spy = openSocket(gateway.origin, { token: thiefToken });
    const own = await victim.watch();
    try {
      for (const name of ['join', 'subscribe', 'room', 'tenant:ACC001']) {
        spy.socket.emit(name, 'tenant:ACC001');
        spy.socket.emit(name, { room: 'tenant:ACC001', customer_id: 'ACC001' });
      }
      const answer = await spy.ask('events:since', { event_id: 0, limit: 500, customer_id: 'ACC001' });
      expect(JSON.stringify(answer)).not.toMatch(new RegExp(`${secretWord}|${farId + 1}|ACC001`));
      const since = await spy.ask('events:since', { event_id: farId, limit: 500 });
      expect(since['events']).toEqual([]);

      const { body } = await victim.post<{ event_id: number }>('/api/events', {
        event_type: 'user:clockedIn',
        event_data: { user_id: 1, user_name: secretWord, clock_in_time: '2026-07-01 07:58:00' },
      });
      await own.waitFor('event:completed', (payload) => payload['event_id'] === body.event_id);
      // The thief's own event comes after: what was meant for it has arrived by then.
      const accepted = await spy.ask('internal:event', invoiceEvent());
      await spy.waitFor('event:acknowledged', (payload) => payload['event_id'] === accepted['event_id']);
      expect(JSON.stringify(spy.messages)).not.toMatch(new RegExp(`${secretWord}|ACC001|${farId}`));
    } finally {
      spy.close();
      own.close();
    }
  });

  it('take events for their own customer only', async () => {
    const spy = await watchSocket(gateway.origin, { token: thiefToken });
    try {
      const answer = await spy.ask('internal:event', { ...invoiceEvent(), customer_id: 'ACC001' });
      expect(answer).toMatchObject({ success: false, code: 'wrong_tenant' });
    } finally {
      spy.close();
    }
  });
});
