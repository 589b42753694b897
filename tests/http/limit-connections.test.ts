import { EventEmitter } from 'node:events';
import { Server } from 'node:net';
import { beforeEach, expect, test } from 'vitest';
import { limitConnections } from '../../main/gateway/http/limit-connections';

class FakeSocket extends EventEmitter {
  destroyed = false;
  constructor(readonly remoteAddress: string) {
    super();
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

let server: Server;
beforeEach(() => {
  server = new Server();
  limitConnections(server, {
    perAddress: 3,
    isProxy: ({ remoteAddress }) => remoteAddress === '10.0.0.9',
  });
});

function open(address: string): FakeSocket {
  const socket = new FakeSocket(address);
  server.emit('connection', socket);
  return socket;
}
const openMany = (...addresses: string[]) => addresses.map(open).map(({ destroyed }) => !destroyed);

test('an address has its share, and others theirs', () => {
  expect(openMany(...Array<string>(5).fill('192.168.1.66'))).toEqual([true, true, true, false, false]);
  expect(openMany('192.168.1.7', '192.168.1.7')).toEqual([true, true]);
});

test('what ends makes room', () => {
  const [first] = [open('192.168.1.66'), open('192.168.1.66'), open('192.168.1.66')];
  expect(open('192.168.1.66').destroyed).toBe(true);
  first.destroy();
  expect(openMany('192.168.1.66', '192.168.1.66')).toEqual([true, false]);
});

test.each([
  ['a network of IPv6', ['fd00::1', 'fd00::2', 'fd00::3', 'fd00::4']],
  ['an IPv4 address in either spelling', ['10.0.0.5', '::ffff:10.0.0.5', '10.0.0.5', '::ffff:10.0.0.5']],
])('%s is one', (_what, addresses) => {
  expect(openMany(...addresses)).toEqual([true, true, true, false]);
});

test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.9'])(
  '%s, where a proxy may be, has no limit',
  (address) => {
    expect(openMany(...Array<string>(50).fill(address))).toEqual(Array<boolean>(50).fill(true));
  },
);
