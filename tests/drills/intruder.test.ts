import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeTable } from '../../main/gateway/http/route-table';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openSocket } from '../support/watch-socket';

/** Ten seconds with the suite; INTRUDER_SECONDS=60 for the whole drill. */
const seconds = Number(process.env['INTRUDER_SECONDS'] ?? 10);
/** Stands in everything of the victim's: wherever it turns up in an answer, something leaked. */
const marks = ['zanzibar', 'VICTIM', '700001', '700002'];

let gateway: TestGateway;
let mails: MailCatcher;
let victim: TestTenant;
let thief: TestTenant;
beforeAll(async () => {
  mails = await startMailCatcher();
  gateway = await startGateway({
    env: { SYSTEM_SMTP_HOST: mails.host, SYSTEM_SMTP_PORT: String(mails.port), GATEWAY_TRUST_PROXY: '1' },
  });
  victim = await gateway.addTenant({ customerId: 'VICTIM' });
  thief = await gateway.addTenant({ customerId: 'THIEF' });
  for (const table of ['websocket_events', 'message_deliveries']) {
    await victim.sql(`select setval(pg_get_serial_sequence($1, 'id'), 700000)`, [table]);
  }
});
afterAll(async () => {
  await gateway.stop();
  await mails.stop();
});

const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T;

/** Numbers near the victim's, its names, and what breaks out of paths, JSON, SQL and prototypes. */
const ids = () =>
  pick([
    '700001',
    '700002',
    String(700_000 + Math.floor(Math.random() * 50)),
    String(Math.floor(Math.random() * 1_000)),
    'VICTIM',
    'victim',
    'VICTIM%00',
    '..%2f..%2fVICTIM',
    "1'%20or%20'1'='1",
    '__proto__',
    'zanzibar:type',
    '*',
    '%25',
  ]);

async function makeAttempt(token: string): Promise<string> {
  const route = pick(routeTable.filter(({ access }) => access !== 'public'));
  const path = route.path.replace(/:\w+/g, ids);
  const query = pick([
    '',
    '?customer_id=VICTIM',
    `?event_id=${ids()}`,
    '?cursor=aWQ6NzAwMDA5',
    '?recipient=zanzibar@example.com',
    '?limit=500',
    `?customer_id[]=VICTIM&customer_id=THIEF`,
  ]);
  const proof = pick<Record<string, string>>([
    { authorization: `Bearer ${thief.apiKey}` },
    { 'x-api-key': thief.apiKey },
    { authorization: `Bearer ${token}` },
    // The middle of the token says another customer, under the old signature.
    { authorization: `Bearer ${forge(token)}` },
    { authorization: `Bearer ${thief.apiKey}`, 'x-customer-id': 'VICTIM' },
    { 'x-customer-id': 'VICTIM' },
    {},
  ]);
  const body =
    route.method === 'post'
      ? pick<unknown>([
          { ...invoiceEvent(), customer_id: 'VICTIM' },
          { customer_id: 'VICTIM', user_id: 1, session_id: 'x' },
          { filter: { event_id: 700_001 } },
          { filter: { recipient: 'zanzibar@example.com' } },
          { action: 'resend' },
          { events: [{ ...invoiceEvent(), customer_id: 'VICTIM' }] },
          { event_type: 'zanzibar:type', audience: 'client', channel: 'email' },
          { recipient: '+27825550142', filename: 'a', document_path: gateway.config.dataDir + '/secret.key' },
          { recipient: '+27825550142', filename: 'a', document_path: '/etc/passwd' },
          {},
        ])
      : undefined;
  const address = `10.${Math.floor(Math.random() * 200)}.${Math.floor(Math.random() * 250)}.7`;
  const response = await fetch(`${gateway.origin}${path}${query}`, {
    method: route.method.toUpperCase(),
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address, ...proof },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // The intruder's own audit trail says with which filters it has asked.
  const text = (await response.text()).replace(/"filter":\{[^}]*\}/g, '');
  expect(response.status, `${route.method} ${path}${query}: ${text.slice(0, 200)}`).not.toBe(500);
  // What was asked with may come back in an answer; metrics are the operator's, for this machine.
  const echoes =
    route.access === 'metrics' ? text : decodeURIComponent(path + query) + JSON.stringify(body ?? '');
  for (const mark of marks) {
    if (text.includes(mark) && !echoes.includes(mark)) return `${route.method} ${path}${query}: ${text}`;
  }
  return '';
}

function forge(token: string): string {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const changed = {
    ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object),
    customer_id: 'VICTIM',
  };
  return [head, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
}

describe('an intruder with the key of one tenant', () => {
  it(
    `gets nothing of another's in ${seconds} s, changes nothing, and delays nothing`,
    async () => {
      const token = await thief.token();
      const spy = openSocket(gateway.origin, { token });
      const before = await victim.sql('select count(*)::int as events from websocket_events');
      const until = performance.now() + seconds * 1_000;
      const leaks: string[] = [];
      let attempts = 0;
      let sent = 0;

      const intrude = async () => {
        while (performance.now() < until) {
          const leak = await makeAttempt(token);
          if (leak !== '') leaks.push(leak);
          attempts += 1;
        }
      };
      const spyOnSockets = async () => {
        while (performance.now() < until) {
          for (const room of ['tenant:VICTIM', 'VICTIM', 'zanzibar'])
            spy.socket.emit(pick(['join', 'subscribe']), room);
          const answer = await spy.ask('events:since', {
            event_id: pick([0, 700_000]),
            limit: 500,
            customer_id: 'VICTIM',
          });
          if (marks.some((mark) => JSON.stringify(answer).includes(mark))) leaks.push(JSON.stringify(answer));
          await expect(refused(forge(token))).resolves.toBe(true);
        }
      };
      /** Meanwhile the victim goes on as always. */
      const work = async () => {
        while (performance.now() < until) {
          const event = invoiceEvent({ client_name: 'zanzibar', client_email: 'zanzibar@example.com' });
          expect((await victim.post('/api/events', event)).status).toBe(202);
          sent += 1;
          await waitUntil(
            () => mails.mails.filter(({ to }) => to[0] === 'zanzibar@example.com').length >= sent,
            {
              what: "the victim's mail to go out while the intruder is at it",
            },
          );
        }
      };
      try {
        await Promise.all([...Array.from({ length: 6 }, intrude), spyOnSockets(), work()]);
      } finally {
        spy.close();
      }
      expect(leaks).toEqual([]);
      expect(JSON.stringify(spy.messages)).not.toMatch(/zanzibar|VICTIM|70000\d/);
      expect(attempts).toBeGreaterThan(seconds * 5);
      expect(sent).toBeGreaterThan(0);
      const [after] = await victim.sql<{ events: number }>(
        'select count(*)::int as events from websocket_events',
      );
      expect(after?.events).toBe(Number(before[0]?.['events']) + sent);
      const strange = await victim.sql(
        `select recipient from message_deliveries where recipient <> 'zanzibar@example.com'`,
      );
      expect(strange).toEqual([]);
      expect((await victim.get<{ entries: unknown[] }>('/api/audit')).body.entries).toEqual([]);
    },
    (seconds + 60) * 1_000,
  );
});

async function refused(token: string): Promise<boolean> {
  const watched = openSocket(gateway.origin, { token });
  try {
    return await new Promise<boolean>((resolve) => {
      watched.socket.once('connect', () => resolve(false));
      watched.socket.once('connect_error', () => resolve(true));
    });
  } finally {
    watched.close();
  }
}
