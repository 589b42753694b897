import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConsoleLogin } from '../../main/gateway/auth/console-login';
import { loadTlsCertificate } from '../../main/gateway/secrets/tls-certificate';
import { startGateway, type TestGateway } from '../support/start-gateway';

let gateway: TestGateway;
let ca: string;
beforeAll(async () => {
  gateway = await startGateway({ env: { TLS: 'self' } });
  ca = (await loadTlsCertificate(gateway.config, false))?.cert ?? '';
});
afterAll(() => gateway.stop());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

function call(path: string, headers: Record<string, string>, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: gateway.port,
        path,
        ca,
        agent: false,
        method: body ? 'POST' : 'GET',
        headers: body ? { 'content-type': 'application/json', ...headers } : headers,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: JSON.parse(text) as Record<string, unknown>,
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

it('over TLS the cookie is for this host alone, and never sent without TLS', async () => {
  const origin = `https://127.0.0.1:${gateway.port}`;
  const { token } = await createConsoleLogin(gateway.system).makeLink();
  const signedIn = await call('/console/login', { origin }, { link_token: token });
  expect(signedIn.status).toBe(200);
  const [set = ''] = signedIn.headers['set-cookie'] ?? [];
  expect(set).toMatch(new RegExp(`^__Host-modular_gateway_console_${gateway.port}=`));
  for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Strict', 'Path=/']) {
    expect(set.split('; ')).toContain(attribute);
  }
  expect(set).not.toMatch(/Domain=/i);

  const cookie = set.split(';')[0] ?? '';
  expect((await call('/console/session', { cookie })).body).toMatchObject({ signed_in: true });
  // One that another program on this host could have set does not do.
  const planted = cookie.replace('__Host-', '');
  expect((await call('/console/session', { cookie: planted })).body).toMatchObject({ signed_in: false });

  const socket = io(`${origin}/console`, {
    ca,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: { cookie, origin },
  } as Parameters<typeof io>[1]);
  try {
    const answer: unknown = await socket.timeout(10_000).emitWithAck('call', 'gateway.info', {});
    expect(answer).toMatchObject({ ok: true, value: { tls: { kind: 'self' } } });
  } finally {
    socket.disconnect();
  }
});
