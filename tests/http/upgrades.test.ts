import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { watchSocket } from '../support/watch-socket';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

function upgrade(path: string, protocol: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(gateway.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
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

it('WebSockets are what they were', async () => {
  const tenant = await gateway.addTenant();
  (await watchSocket(gateway.origin, { token: tenant.apiKey })).close();
});
