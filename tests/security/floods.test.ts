import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/call-gateway';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openSocket, watchSocket } from '../support/watch-socket';

let gateway: TestGateway;
let calm: TestTenant;
beforeAll(async () => {
  gateway = await startGateway({ env: { GATEWAY_TRUST_PROXY: '1' } });
  calm = await gateway.addTenant({ customerId: 'CALM' });
});
afterAll(() => gateway.stop());

function expectLimited(
  answer: { status: number; headers: Headers; body: Record<string, unknown> },
  limit: number,
) {
  expect(answer.status).toBe(429);
  expect(answer.body['code']).toBe('rate_limited');
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(answer.body['details']).toEqual({ retry_after_seconds: seconds });
  expect(answer.headers.get('ratelimit-limit')).toBe(String(limit));
  expect(answer.headers.get('ratelimit-remaining')).toBe('0');
  expect(Number(answer.headers.get('ratelimit-reset'))).toBe(seconds);
}

describe("a customer's limits", () => {
  it('answer 429 with what a client needs to come back, the same on a socket, and touch nobody else', async () => {
    const busy = await gateway.addTenant({ settings: { rate_limit_per_minute: 5 } });
    const statuses = [];
    for (let count = 0; count < 5; count += 1)
      statuses.push((await busy.post('/api/events', quietEvent)).status);
    expect(statuses).toEqual([202, 202, 202, 202, 202]);
    expectLimited(await busy.post('/api/events', quietEvent), 5);
    expectLimited(await busy.post('/api/events/batch', { events: [quietEvent] }), 5);
    const socket = await watchSocket(gateway.origin, { token: busy.apiKey });
    try {
      const refused = await socket.ask('internal:event', quietEvent);
      expect(refused).toMatchObject({ success: false, code: 'rate_limited' });
      expect(refused['details']).toMatchObject({ retry_after_seconds: expect.any(Number) as number });
    } finally {
      socket.close();
    }
    const fine = await calm.post('/api/events', quietEvent);
    expect(fine.status).toBe(202);
    expect(Number(fine.headers.get('ratelimit-remaining'))).toBeGreaterThan(0);
  });

  it('hold for each of its users', async () => {
    const busy = await gateway.addTenant({ settings: { rate_limit_user_per_minute: 3 } });
    const [one, two] = [await busy.token('1'), await busy.token('2')];
    const send = (token: string) =>
      gateway.call('/api/events', { body: quietEvent, headers: { authorization: `Bearer ${token}` } });
    for (let count = 0; count < 3; count += 1) expect((await send(one)).status).toBe(202);
    expectLimited(await send(one), 3);
    expect((await send(two)).status).toBe(202);
  });
});

describe("a customer's flood", () => {
  it("leaves another's events as quick as they are: they are answered while the flood goes on", async () => {
    const flooder = await gateway.addTenant({ settings: { rate_limit_per_minute: 200 } });
    let flooding = true;
    let sent = 0;
    const flood = Array.from({ length: 20 }, async () => {
      while (flooding) {
        await flooder.post('/api/events', invoiceEvent());
        sent += 1;
      }
    });
    try {
      await waitUntil(() => sent > 300, { what: 'the flood to be over its limit' });
      const before = sent;
      const times: number[] = [];
      for (let count = 0; count < 20; count += 1) {
        const startedAt = performance.now();
        expect((await calm.post('/api/events', quietEvent)).status).toBe(202);
        times.push(performance.now() - startedAt);
      }
      // The flood went on meanwhile, and one event never waited for more than a round of it or two.
      const floodPerEvent = (sent - before) / times.length;
      expect(sent).toBeGreaterThan(before);
      expect(floodPerEvent).toBeLessThan(100);
      const events = await calm.get<{ events: { status: string }[] }>('/api/events?limit=20');
      expect(events.body.events.map(({ status }) => status)).toEqual(Array(20).fill('completed'));
    } finally {
      flooding = false;
      await Promise.all(flood);
    }
  });
});

describe('templates that never end', () => {
  const slowText = '{% for i in (1..4000) %}{% for j in (1..4000) %}{% endfor %}{% endfor %}';
  const key = { event_type: 'invoice:sent', audience: 'client', channel: 'whatsapp' };
  const asking = (text: string) => ({ ...key, template: { text } });

  it('are tried out for so long, and then the customer has to wait, and nobody else', async () => {
    const busy = await gateway.addTenant();
    const tried: Answer[] = [];
    while (tried.length < 30 && tried.at(-1)?.status !== 429)
      tried.push(await busy.post('/api/templates/preview', asking(slowText)));
    const refused = tried.at(-1);
    expect(refused?.status).toBe(429);
    expect(refused?.body['code']).toBe('rate_limited');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(tried[0]?.status).toBe(200);
    // Saving tries them out as well.
    expect((await busy.post('/api/templates', asking(slowText))).status).toBe(429);
    expect((await calm.post('/api/templates/preview', asking('{{ invoice_number }}'))).status).toBe(200);
    expect((await busy.post('/api/events', quietEvent)).status).toBe(202);
  });
});

describe('a socket', () => {
  it('that sends too much is told so, and ended when it goes on', async () => {
    const busy = await gateway.addTenant({ settings: { rate_limit_per_minute: 10 } });
    const flood = openSocket(gateway.origin, { token: busy.apiKey });
    const other = await watchSocket(gateway.origin, { token: calm.apiKey });
    try {
      await waitUntil(() => flood.socket.connected, { what: 'the socket to connect' });
      let reason = '';
      flood.socket.on('disconnect', (why) => (reason = why));
      const codes: unknown[] = [];
      for (let count = 0; count < 2_200; count += 1) {
        flood.socket.emit('events:since', { limit: 1 }, (answer: Record<string, unknown>) =>
          codes.push(answer['code']),
        );
      }
      await waitUntil(() => reason !== '', { what: 'the socket to be ended' });
      expect(reason).toBe('io server disconnect');
      const refused = codes.filter((code) => code === 'rate_limited');
      expect(refused.length).toBeGreaterThan(100);
      expect(await other.ask('events:since', {})).toMatchObject({ success: true });
      // It may come back.
      (await watchSocket(gateway.origin, { token: busy.apiKey })).close();
    } finally {
      flood.close();
      other.close();
    }
  });

  it('without callbacks is told by a message', async () => {
    const busy = await gateway.addTenant();
    await busy.set({ rate_limit_per_minute: 10 });
    const flood = await watchSocket(gateway.origin, { token: busy.apiKey });
    try {
      for (let count = 0; count < 1_400; count += 1) flood.socket.emit('nothing:such', count);
      expect(await flood.waitFor('event:refused')).toMatchObject({ code: 'rate_limited' });
    } finally {
      flood.close();
    }
  });
});

describe('an address', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });

  it('that guesses keys is held back, others are not', async () => {
    const guess = () =>
      gateway.call('/api/events', { headers: { authorization: 'Bearer mgw_guess', ...from('10.1.1.1') } });
    for (let count = 0; count < 60; count += 1) expect((await guess()).status).toBe(401);
    expectLimited(await guess(), 60);
    // A good key behind the same address still works: one machine's mistake must not stop an office.
    const good = { authorization: `Bearer ${calm.apiKey}`, ...from('10.1.1.1') };
    expect((await gateway.call('/api/events', { headers: good })).status).toBe(200);
  });

  it('that brings nothing at all is held back in the end', async () => {
    const ask = () => gateway.call('/api/deliveries', { headers: from('10.1.1.2') });
    for (let round = 0; round < 60; round += 1) {
      const answers = await Promise.all(Array.from({ length: 10 }, ask));
      for (const { status } of answers) expect(status).toBe(401);
    }
    expectLimited(await ask(), 600);
  });

  it('of IPv6 is its whole network, of which one machine has any number', async () => {
    const guess = (address: string) =>
      gateway.call('/api/events', { headers: { authorization: 'Bearer mgw_guess', ...from(address) } });
    for (let count = 0; count < 60; count += 1) {
      expect((await guess(`fd00:1:2:3:${count.toString(16)}::1`)).status).toBe(401);
    }
    for (const address of ['fd00:1:2:3::ffff', 'FD00:0001:2:3:9:8:7:6'])
      expectLimited(await guess(address), 60);
    expect((await guess('fd00:1:2:4::1')).status).toBe(401);
  });

  it('gets three hundred tokens a minute', async () => {
    const ask = () =>
      gateway.call('/auth/token', {
        body: { customer_id: 'CALM', user_id: 1, session_id: 's' },
        headers: { authorization: `Bearer ${calm.apiKey}`, ...from('10.1.1.3') },
      });
    for (let count = 0; count < 300; count += 1) expect((await ask()).status).toBe(200);
    expectLimited(await ask(), 300);
  });
});
