import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bodyLimits, type BodyKind } from '../../main/gateway/http/route-rules';
import { routeTable } from '../../main/gateway/http/route-table';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

let closed: TestGateway;
let asking: TestGateway;
beforeAll(async () => {
  [closed, asking] = await Promise.all([
    startGateway(),
    startGateway({ env: { SESSION_VERIFY_URL: 'http://127.0.0.1:9/verify' } }),
  ]);
  await Promise.all([closed, asking].map((gateway) => gateway.addTenant({ customerId: 'ACC001' })));
});
afterAll(() => Promise.all([closed.stop(), asking.stop()]));

const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

/** The head of a request whose body never comes. */
async function answerToHead(
  gateway: TestGateway,
  path: string,
  bytes: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const socket = connect(gateway.port, '127.0.0.1');
  open.push(socket);
  let answer = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  const lines = Object.entries({
    Host: '127.0.0.1',
    'Content-Type': 'application/json',
    'Content-Length': String(bytes),
    ...headers,
  });
  const url = path.replace(':customerId', 'ACC001').replace(/:\w+/g, '1');
  socket.write(
    `POST ${url} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  await waitUntil(() => answer.includes('\r\n\r\n'), { what: `an answer of ${path} to its head alone` });
  return answer;
}

const posts = routeTable.filter(({ method }) => method === 'post');
const ofTenants = posts.filter(({ access }) => access.startsWith('tenant'));
const largestOf = (kind: BodyKind | undefined) => (kind ? bodyLimits[kind].bytes : 0);

describe('who speaks comes first', () => {
  it('has routes to be tried', () => {
    expect(ofTenants.length).toBeGreaterThan(10);
    expect(posts.filter(({ rule }) => rule.body === undefined)).toEqual([]);
  });

  it.each(ofTenants.map(({ path, rule }) => [path, rule.body] as const))(
    '%s refuses a key that is none, and no key at all, before a byte of the body has come',
    async (path, kind) => {
      const bytes = largestOf(kind);
      const guess = { Authorization: 'Bearer mgw_guess' };
      expect(await answerToHead(closed, path, bytes, guess)).toMatch(/^HTTP\/1\.1 401 /);
      expect(await answerToHead(closed, path, bytes)).toMatch(/^HTTP\/1\.1 401 /);
    },
  );

  it.each(posts.filter(({ rule }) => largestOf(rule.body) >= 16 * 1024).map(({ path }) => path))(
    '%s takes a few KB from whoever has yet to prove who it is by ids in the body',
    async (path) => {
      const answer = await answerToHead(asking, path, 100_000);
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    },
  );

  it('asks the limit of failures before it reads a login', async () => {
    const login = () =>
      asking.call('/console/login', {
        // Refused as a password is, and sooner.
        body: { link_token: 'x'.repeat(43) },
        headers: { 'content-type': 'application/json' },
      });
    await waitUntil(async () => (await login()).status === 429, { what: 'the limit of failed logins' });
    expect(await answerToHead(asking, '/console/login', 1_000)).toMatch(/^HTTP\/1\.1 429 /);
  });

  it('is nothing that a route could leave out: they are made, and bodies are read, in one place', () => {
    const folder = 'main/gateway/http';
    const making: string[] = [];
    const reading: string[] = [];
    for (const file of readdirSync(folder)) {
      const source = readFileSync(`${folder}/${file}`, 'utf8');
      if (/\brouter\.(get|post|put|patch|delete|all|use|route)\(/.test(source)) making.push(file);
      const reads = /request\.(on|once|pipe|read|resume)\(|\breadBody\(|\breadDocument\(|\bmulter\(/;
      if (reads.test(source)) reading.push(file);
    }
    expect(making).toEqual(['mount-route.ts']);
    // The last one takes what comes after an answer, and drops it.
    expect(reading.sort()).toEqual(
      ['end-when-received.ts', 'mount-route.ts', 'read-body.ts', 'read-document.ts'].sort(),
    );
  });
});
