import { connect, type Socket as NetSocket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { quietEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { watchSocket, type WatchedSocket } from '../support/watch-socket';

let gateway: TestGateway;
let tenant: TestTenant;
beforeAll(async () => {
  gateway = await startGateway({
    env: {
      GATEWAY_SOCKETS: '8',
      GATEWAY_SOCKETS_PER_TENANT: '5',
      GATEWAY_SOCKETS_PER_USER: '2',
      GATEWAY_SOCKETS_PER_ADDRESS: '7',
      GATEWAY_TRUST_PROXY: '1',
    },
  });
  tenant = await gateway.addTenant();
});
afterAll(() => gateway.stop());

const open: WatchedSocket[] = [];
const raw: NetSocket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) socket.close();
  for (const socket of raw.splice(0)) socket.destroy();
  await waitUntil(async () => (await countSockets()) === 0, { what: 'all sockets to be gone' });
});

async function countSockets(): Promise<number> {
  const response = await fetch(`${gateway.origin}/metrics`);
  return Number(/^gateway_sockets_connected (\d+)$/m.exec(await response.text())?.[1] ?? 0);
}

async function join(token: string): Promise<string> {
  try {
    open.push(await watchSocket(gateway.origin, { token }));
    return 'connected';
  } catch (thrown) {
    return (thrown as Error & { data?: { code: string } }).data?.code ?? String(thrown);
  }
}

describe('sockets', () => {
  it('of a user, a customer and an address have an end, and room comes back', async () => {
    const other = await gateway.addTenant();
    const of = async (who: TestTenant, user: string) => join(await who.token(user));
    expect([await of(tenant, '1'), await of(tenant, '1'), await of(tenant, '1')]).toEqual([
      'connected',
      'connected',
      'too_many_sockets',
    ]);
    expect([await of(tenant, '2'), await of(tenant, '3'), await join(tenant.apiKey)]).toEqual([
      'connected',
      'connected',
      'connected',
    ]);
    expect(await of(tenant, '4')).toBe('too_many_sockets');
    expect([await of(other, '1'), await of(other, '2'), await of(other, '3')]).toEqual([
      'connected',
      'connected',
      'too_many_sockets',
    ]);
    open.pop()?.close();
    await waitUntil(async () => (await of(other, '4')) === 'connected', { what: 'the room to come back' });
  });

  it('that ask for much at once get two answers at a time', async () => {
    const socket = await watchSocket(gateway.origin, { token: tenant.apiKey });
    open.push(socket);
    const answers = await Promise.all(Array.from({ length: 10 }, () => socket.ask('events:since', {})));
    const taken = answers.filter(({ success }) => success === true);
    expect(taken).toHaveLength(2);
    expect(answers.filter(({ code }) => code === 'busy')).toHaveLength(8);
    expect(await socket.ask('events:since', {})).toMatchObject({ success: true });
  });

  it('that never read are ended', async () => {
    const rich = await gateway.addTenant();
    await rich.sql(
      `insert into websocket_events (customer_id, event_type, event_data, status, error_message)
        select $1, 'user:clockedIn', '{}', 'failed', repeat('x', 2000) from generate_series(1, 500)`,
      [rich.customerId],
    );
    const silent = connect(gateway.port, '127.0.0.1');
    raw.push(silent);
    let isEnded = false;
    silent.on('error', () => undefined).on('close', () => (isEnded = true));
    silent.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await new Promise((resolve) => silent.once('data', resolve));
    silent.write(frame(`40${JSON.stringify({ token: rich.apiKey })}`));
    await waitUntil(async () => (await countSockets()) === 1, { what: 'the socket to be taken' });
    silent.pause();
    // What is posted is told to the socket, whether it reads or not.
    await rich.post('/api/events', quietEvent);
    const asking = setInterval(() => silent.write(frame('420["events:since",{"limit":500}]')), 10);
    const telling = setInterval(() => {
      for (let count = 0; count < 200; count += 1) {
        gateway.gateway.signals.emit('event.progress', {
          customerId: rich.customerId,
          eventId: 1,
          eventType: 'x'.repeat(1_000),
          status: 'processing',
          sent: 0,
          failed: 0,
          total: 1,
        });
      }
    }, 10);
    try {
      await waitUntil(async () => (await countSockets()) === 0, { what: 'the silent socket to be ended' });
      const told = (await gateway.readLog()).find(({ message }) => String(message).includes('does not read'));
      expect(Number(told?.['unread_bytes'])).toBeLessThan(64 * 1024 * 1024);
      silent.resume();
      await waitUntil(() => isEnded, { what: 'the connection to be closed' });
    } finally {
      clearInterval(asking);
      clearInterval(telling);
    }
  });
});

/** A text of a client, masked with zeros. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload]);
}
