import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

/** Questions that the PHP application was asked; those about a `slow` session wait here for their answer. */
const asked: string[] = [];
const waiting: ServerResponse[] = [];
let php: Server;
let gateway: TestGateway;

const yes = '{"valid":true}';
/** What the PHP application says of sessions by these names. */
const answers: Readonly<Record<string, string>> = {
  good: yes,
  again: yes,
  text: '{"valid":"true"}',
  number: '{"valid":1}',
  list: '[{"valid":true}]',
  prototype: '{"__proto__":{"valid":true}}',
  broken: '{"valid":true',
  page: '<html>valid: true</html>',
  endless: `{"valid":true,"padding":"${'x'.repeat(100_000)}"}`,
};

beforeAll(async () => {
  php = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const session = String((JSON.parse(text) as Record<string, unknown>)['session_id']);
      asked.push(session);
      response.setHeader('content-type', 'application/json');
      if (session.startsWith('slow')) waiting.push(response);
      else if (session !== 'silent') response.end(answers[session] ?? '{"valid":false}');
    });
  });
  await new Promise<void>((resolve) => php.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(php.address() as AddressInfo).port}/verify`;
  gateway = await startGateway({ env: { SESSION_VERIFY_URL: url, GATEWAY_TRUST_PROXY: '1' } });
  await gateway.addTenant({ customerId: 'ACC001' });
});
afterAll(async () => {
  await gateway.stop();
  php.closeAllConnections();
  await new Promise((resolve) => php.close(resolve));
});
beforeEach(() => {
  asked.length = 0;
});

let addresses = 0;
const newAddress = () => `10.2.0.${(addresses += 1)}`;
const ask = (session: string, address = newAddress()) =>
  gateway.call(`/whatsapp/status/ACC001?user_id=7&session_id=${session}`, {
    headers: { 'x-forwarded-for': address },
  });

describe('a session of the PHP application', () => {
  it('is asked about once for all that a page asks at once, and not again for a moment', async () => {
    const page = Array.from({ length: 5 }, () => ask('slow-page'));
    await waitUntil(() => waiting.length > 0, { what: 'the question' });
    waiting.splice(0).forEach((response) => response.end(yes));
    for (const answer of page) expect((await answer).status).toBe(200);
    expect((await ask('slow-page')).status).toBe(200);
    expect(asked).toEqual(['slow-page']);
  });

  it.each(Object.keys(answers).filter((name) => answers[name] !== yes))(
    'is none when the answer is no clear yes: %s',
    async (name) => {
      expect((await ask(name)).status).toBe(401);
      // Only a yes is kept.
      expect((await ask(name)).status).toBe(401);
      expect(asked).toEqual([name, name]);
    },
  );

  it('is none when no answer comes in time', async () => {
    expect((await ask('silent')).status).toBe(401);
  });

  it('cannot be guessed at by many questions at once: the PHP application is asked sixty times', async () => {
    const address = newAddress();
    const guesses = Array.from({ length: 150 }, (_, index) => ask(`slow-${index}`, address));
    await waitUntil(() => waiting.length >= 60, { what: 'the first guesses to be asked about' });
    // One at a time, as it gets to them.
    const answering = setInterval(() => waiting.shift()?.end('{"valid":false}'), 1);
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    clearInterval(answering);
    expect(statuses.filter((status) => status === 401)).toHaveLength(60);
    expect(statuses.filter((status) => status === 429)).toHaveLength(90);
    expect(asked).toHaveLength(60);
    // Somebody else's session is served meanwhile, and good ones count for nothing.
    const office = newAddress();
    for (let count = 0; count < 70; count += 1) expect((await ask('good', office)).status).toBe(200);
  });
});
