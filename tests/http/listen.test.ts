import { createServer, type Server } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from '../../main/gateway/http/listen';

/** A server on a system that answers so for each port; free ones are noted, and not listened on. */
function onSystem(answer: (port: number) => string | undefined): Server {
  const server = createServer();
  let got = 0;
  server.listen = ((port: number, _host: string, listening: () => void) => {
    const code = answer(port);
    got = port === 0 ? 50_123 : port;
    queueMicrotask(() => {
      if (code === undefined) listening();
      else server.emit('error', Object.assign(new Error(code), { code }));
    });
    return server;
  }) as never;
  server.address = () => ({ port: got, address: '127.0.0.1', family: 'IPv4' });
  return server;
}

test('on Windows a reserved port is a taken one: the next is tried', async () => {
  const server = onSystem((port) => (port < 3003 ? 'EACCES' : undefined));
  expect(await listen(server, '127.0.0.1', 3001, 20, 'win32')).toBe(3003);
});

test('where a whole range is reserved any port is taken in the end', async () => {
  const server = onSystem((port) => (port === 0 ? undefined : port % 2 ? 'EACCES' : 'EADDRINUSE'));
  expect(await listen(server, '127.0.0.1', 3001, 20, 'win32')).toBe(50_123);
});

test('without further ports it says what lists the reserved ones', async () => {
  const server = onSystem(() => 'EACCES');
  await expect(listen(server, '127.0.0.1', 3001, 0, 'win32')).rejects.toThrow(
    /PORT holds 3001.*netsh int ipv4 show excludedportrange tcp/,
  );
});

test('elsewhere EACCES is a right that the account lacks', async () => {
  const server = onSystem(() => 'EACCES');
  await expect(listen(server, '127.0.0.1', 80, 20, 'linux')).rejects.toThrow(/above 1023/);
});
