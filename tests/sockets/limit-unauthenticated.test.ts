import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openSocket } from '../support/watch-socket';

let gateway: TestGateway;
let tenant: TestTenant;
beforeAll(async () => {
  gateway = await startGateway();
  tenant = await gateway.addTenant();
});
afterAll(() => gateway.stop());

const megabyte = 'A'.repeat(1_000_000);
const path = '/socket.io/?EIO=4&transport=';

/** A WebSocket that has said nothing of who it is, and begins a text of 8 MB with `start`. */
async function openUnauthenticated(start: string, query = ''): Promise<() => boolean> {
  const socket = connect(gateway.port, '127.0.0.1');
  let closed = false;
  let received = '';
  socket.on('close', () => (closed = true));
  socket.on('error', () => (closed = true));
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.write(
    `GET ${path}websocket${query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await waitUntil(() => received.includes(' 101 '), { what: 'the WebSocket to be open' });
  // RFC 6455 5.2: a text whose length stands in 64 bits, masked with zeros.
  const head = Buffer.alloc(14);
  head[0] = 0x81;
  head[1] = 0xff;
  head.writeBigUInt64BE(8_000_000n, 2);
  socket.write(Buffer.concat([head, Buffer.from(start), Buffer.alloc(1_000_000, 65)]));
  return () => closed;
}

async function openPolling(): Promise<string> {
  const opened = await (await fetch(`${gateway.origin}${path}polling`)).text();
  return (JSON.parse(opened.slice(1)) as { sid: string }).sid;
}

describe('a connection that has proven nothing', () => {
  it('is ended when it begins a packet of megabytes', async () => {
    await waitUntil(await openUnauthenticated('40{"token":"'), {
      what: 'the unauthenticated connection to be closed',
    });
  });

  it('is ended as well on its way from polling to WebSocket', async () => {
    const closed = await openUnauthenticated('2probe', `&sid=${await openPolling()}`);
    await waitUntil(closed, { what: 'the unauthenticated connection to be closed' });
  });

  it('posts no megabytes by polling, with a length or without', async () => {
    const sid = await openPolling();
    const refused = await fetch(`${gateway.origin}${path}polling&sid=${sid}`, {
      method: 'POST',
      body: `40{"token":"${megabyte}"}`,
    });
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ success: false, code: 'body_too_large' });

    const raw = connect(gateway.port, '127.0.0.1');
    let answer = '';
    raw.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    raw.write(`POST ${path}polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    await waitUntil(() => answer.includes(' 413 '), { what: 'the body without a length to be refused' });
    raw.destroy();
  });
});

describe('a connection with a token', () => {
  it.each([['websocket'], ['polling']] as const)('sends as much as it likes by %s', async (transport) => {
    const watched = openSocket(gateway.origin, { token: tenant.apiKey }, [transport]);
    try {
      await waitUntil(() => watched.socket.connected, { what: 'the socket to connect' });
      for (let round = 0; round < 3; round += 1) {
        const answer = await watched.ask('events:since', { limit: 1, ignored: megabyte });
        expect(answer).toMatchObject({ success: true });
      }
    } finally {
      watched.close();
    }
  });

  it('goes on from polling to WebSocket', async () => {
    const watched = openSocket(gateway.origin, { token: tenant.apiKey }, ['polling', 'websocket']);
    try {
      await waitUntil(() => watched.socket.io.engine.transport.name === 'websocket', {
        what: 'the connection to be a WebSocket',
      });
      expect(await watched.ask('events:since', { limit: 1, ignored: megabyte })).toMatchObject({
        success: true,
      });
    } finally {
      watched.close();
    }
  });
});
