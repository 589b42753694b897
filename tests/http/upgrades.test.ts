import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { quietEvent, startGateway, type TestGateway } from '../support/start-gateway';
import { openSocket } from '../support/watch-socket';

const key = Buffer.alloc(16).toString('base64');

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** @returns what comes until the gateway closes the connection, or until `isEnough` */
function upgrade(
  path: string,
  protocol: string,
  isEnough: (answer: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(gateway.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (isEnough(answer)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
  });
}

it.each([
  ['/health', 'h2c'],
  ['/api/events', 'websocket'],
  ['/socket.io/?EIO=4&transport=websocket', 'h2c'],
])('an upgrade that there is none of is refused in words: %s to %s', async (path, protocol) => {
  const [head = '', body = ''] = (await upgrade(path, protocol)).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 400 /);
  expect(JSON.parse(body)).toMatchObject({ success: false, code: 'upgrade_refused' });
});

it('a WebSocket is opened as its standard says', async () => {
  const answer = await upgrade('/socket.io/?EIO=4&transport=websocket', 'websocket', (text) =>
    text.includes('\r\n\r\n'),
  );
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(answer.toLowerCase()).toContain(`\r\nsec-websocket-accept: ${accept.toLowerCase()}\r\n`);
});

it('an event comes in and is told of over a WebSocket alone', async () => {
  const tenant = await gateway.addTenant();
  const watched = openSocket(gateway.origin, { token: tenant.apiKey }, ['websocket']);
  try {
    const { event_id } = await watched.ask('internal:event', quietEvent);
    expect(event_id).toBeTypeOf('number');
    expect(await watched.waitFor('event:completed')).toMatchObject({ event_id, status: 'completed' });
    expect(watched.socket.io.engine.transport.name).toBe('websocket');
  } finally {
    watched.close();
  }
});
