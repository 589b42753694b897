import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { listNetworkAddresses } from '../../main/gateway/console/network-addresses';
import { phpPath } from '../php/start-php';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { createTestDatabase } from '../support/test-database';
import { openTestConsole, type TestConsole } from './call-console';

const run = promisify(execFile);
let gateway: TestGateway;
let window: TestConsole;
let folder: string;

beforeAll(async () => {
  // What names a database server is set in the window, or in the environment.
  gateway = await startGateway({ asDesktop: true });
  window = openTestConsole(gateway.gateway);
  folder = await mkdtemp(join(tmpdir(), 'gateway-setup-'));
});
afterAll(async () => {
  window.close();
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the gateway gets a name and its setup is finished, for good', async () => {
  await window.call('setup.rename', { name: ' The office ' });
  await window.call('setup.finish', {});
  expect(await window.call('gateway.info', {})).toMatchObject({ name: 'The office', setupDone: true });
});

describe('a port', () => {
  let taken: Server;
  let port: number;
  beforeAll(async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    ({ port } = taken.address() as AddressInfo);
  });
  afterAll(() => taken.close());

  test('that somebody has is not free, and the next one is named', async () => {
    const answer = await window.call('setup.checkPort', { port });
    expect(answer.free).toBe(false);
    expect(answer.nextFree).toBeGreaterThan(port);
    expect(answer.message).toContain(String(answer.nextFree));
    const next = await window.call('setup.checkPort', { port: answer.nextFree ?? 0 });
    expect(next).toMatchObject({ free: true, nextFree: null });
  });

  test("that is the gateway's own is free for it", async () => {
    expect((await window.call('setup.checkPort', { port: gateway.port })).free).toBe(true);
  });
});

describe('a database server', () => {
  const admin = new URL(inject('postgresAdminUrl'));
  const server = {
    host: admin.hostname,
    port: admin.port,
    name: 'not_there_yet',
    user: decodeURIComponent(admin.username),
    password: decodeURIComponent(admin.password),
  };
  const check = (changes: Partial<typeof server> = {}) =>
    window.call('setup.checkDatabase', { ...server, ...changes });

  test('that works says its version, and whether the database is there', async () => {
    const missing = await check();
    expect(missing).toMatchObject({ ok: true });
    expect(missing.message).toContain('made at the next start');
    expect(missing.detail).toMatch(/^PostgreSQL \d+/);
    const there = await check({ name: 'postgres' });
    expect(there).toMatchObject({ ok: true, message: 'Connected to the database postgres.' });
  });

  test('and its standby are tried as one: whichever takes writes answers', async () => {
    const both = await check({ host: `127.0.0.1, ${server.host}`, port: `1, ${server.port}` });
    expect(both).toMatchObject({ ok: true });
    const unclear = await check({ host: '127.0.0.1', port: '1,2' });
    expect(unclear).toMatchObject({
      ok: false,
      message: expect.stringContaining('one port for all') as string,
    });
    expect(await check({ port: 'x' })).toMatchObject({
      ok: false,
      message: expect.stringContaining('DB_PORT holds "x"') as string,
    });
  });

  test('without a password means the one in force', async () => {
    const { password: _, ...withoutPassword } = server;
    expect((await window.call('setup.checkDatabase', withoutPassword)).ok).toBe(true);
  });

  test('that does not work says in words why', async () => {
    expect(await check({ password: 'wrong' })).toMatchObject({
      ok: false,
      message: expect.stringContaining('wrong user or password') as string,
    });
    expect((await check({ port: '1' })).message).toMatch(/^No PostgreSQL answers at 127\.0\.0\.1:1/);
    expect((await check({ host: 'no-such-host.invalid' })).message).toMatch(/is not known|cannot be reached/);
  });

  test('whose user may make nothing is refused with what to grant', async () => {
    const own = await createTestDatabase();
    try {
      const role = `limited_${Math.random().toString(36).slice(2)}`;
      await gateway.system.query({
        name: 'test.role',
        text: `create role ${role} login password 'limited'`,
        prepare: false,
      });
      const limited = await check({ user: role, password: 'limited' });
      expect(limited).toMatchObject({ ok: false });
      expect(limited.message).toMatch(/grant CREATEDB/);
      await gateway.system.query({ name: 'test.drop-role', text: `drop role ${role}`, prepare: false });
    } finally {
      await own.stop();
    }
  });
});

describe('a mail account', () => {
  let mail: MailCatcher;
  beforeAll(async () => {
    mail = await startMailCatcher({ login: { username: 'shop', password: 'right' } });
  });
  afterAll(() => mail.stop());
  const account = () => ({
    host: mail.host,
    port: mail.port,
    username: 'shop',
    password: 'right',
    secure: false,
    fromEmail: 'shop@example.com',
    fromName: 'The shop',
  });
  const send = (changes: object = {}, to = 'me@example.com') =>
    window.call('setup.sendTestMail', { account: { ...account(), ...changes }, to });

  test('that works sends a real mail', async () => {
    const result = await send();
    expect(result).toMatchObject({
      ok: true,
      message: 'The mail server accepted the mail for me@example.com.',
    });
    const caught = await mail.waitForMail(({ to }) => to.includes('me@example.com'));
    expect(caught).toMatchObject({ from: 'shop@example.com', username: 'shop' });
  });

  test('that does not work says at which stage', async () => {
    expect((await send({ host: 'no-such-host.invalid' })).message).toMatch(/cannot be found|no host/);
    expect((await send({ port: 1 })).message).toMatch(/refuses connections/);
    expect((await send({ password: 'wrong' })).message).toMatch(/refuses the login/);
    // This server speaks no TLS.
    const secure = (await send({ secure: true })).message;
    expect(secure).toMatch(/encryption|did not answer|closed/);
    // Whoever fills in the wizard's form finds no setting of that name on it.
    const nameless = await send({ username: 'shop', fromEmail: '' });
    expect(nameless.message).toMatch(/^Fill in the sender's address/);
    expect(`${secure} ${nameless.message}`).not.toMatch(/smtp_|SYSTEM_/);
    mail.behave({ stage: 'mail', code: 553, text: '5.7.1 not your address' });
    const sender = await send();
    expect(sender.message).toMatch(/does not accept mail from shop@example.com/);
    expect(sender.detail).toContain('not your address');
    mail.reset();
    expect((await send({}, 'nobody')).message).toMatch(/no address/);
    expect(JSON.stringify(await send({ password: 'wrong' }))).not.toContain('wrong');
  });
});

describe('the snippets', () => {
  test.skipIf(phpPath === undefined)('send a real event from PHP, which shows as a contact', async () => {
    const { customerId, apiKey } = await window.call('tenants.add', { customerId: 'SNIPPET' });
    expect(await window.call('setup.contact', { customerId })).toEqual({ at: null, address: null });
    const { php } = await window.call('setup.snippets', { customerId, apiKey });
    const file = join(folder, 'snippet.php');
    await writeFile(file, php);
    const { stdout } = await run(phpPath ?? '', [file]);
    expect(JSON.parse(stdout)).toMatchObject({ success: true, event_id: 1 });
    expect(await window.waitForPush('setup.contact')).toMatchObject({ customerId, address: '127.0.0.1' });
    const contact = await window.call('setup.contact', { customerId });
    expect(contact.address).toBe('127.0.0.1');
    expect(Date.now() - Date.parse(contact.at ?? '')).toBeLessThan(60_000);
  });

  test('send one from a shell', async () => {
    const { customerId, apiKey } = await window.call('tenants.add', { customerId: 'SHELL' });
    const { curl } = await window.call('setup.snippets', { customerId, apiKey, address: '127.0.0.1' });
    const { stdout } = await run('sh', ['-c', curl]);
    expect(JSON.parse(stdout)).toMatchObject({ success: true });
  });

  test('keep a place for the key, and take no address that is none', async () => {
    await window.call('tenants.add', { customerId: 'PLACE' });
    const { php } = await window.call('setup.snippets', { customerId: 'PLACE', address: 'gateway.lan' });
    expect(php).toContain(`'http://gateway.lan:${gateway.port}'`);
    expect(php).toContain('PUT-THE-API-KEY-HERE');
    for (const address of ["x';phpinfo();'", 'a b', 'http://u:p@host', 'ftp://host']) {
      const refused = await window.refusal('setup.snippets', { customerId: 'PLACE', address });
      expect(refused.code).toBe('invalid_address');
    }
  });

  test('pin the key of a certificate that the gateway made', async () => {
    const secure = await startGateway({ env: { TLS: 'self' } });
    const other = openTestConsole(secure.gateway);
    try {
      const { apiKey } = await other.call('tenants.add', { customerId: 'SECURE' });
      const { php, curl } = await other.call('setup.snippets', { customerId: 'SECURE', apiKey });
      expect(php).toContain('https://127.0.0.1:');
      if (phpPath !== undefined && (await run(phpPath, ['-m'])).stdout.includes('curl')) {
        const file = join(folder, 'pinned.php');
        await writeFile(file, php);
        expect(JSON.parse((await run(phpPath, [file])).stdout)).toMatchObject({ success: true });
        await writeFile(file, php.replace(/sha256\/\/./, 'sha256//_'));
        expect((await run(phpPath, [file])).stdout).toMatch(/^Not sent: /);
      }
      const answer = await run('sh', ['-c', curl]);
      expect(JSON.parse(answer.stdout)).toMatchObject({ success: true });
      const wrongPin = curl.replace(/sha256\/\/./, 'sha256//_');
      await expect(run('sh', ['-c', wrongPin])).rejects.toThrow();
    } finally {
      other.close();
      await secure.stop();
    }
  });
});

test('the address of the office network is recommended, bridges come last', () => {
  const entry = (address: string, internal = false) => ({
    address,
    internal,
    family: 'IPv4' as const,
    netmask: '255.255.255.0',
    mac: '00:00:00:00:00:00',
    cidr: null,
  });
  const interfaces = {
    lo: [entry('127.0.0.1', true)],
    docker0: [entry('172.17.0.1')],
    'vEthernet (WSL)': [entry('172.20.0.1')],
    eth1: [entry('169.254.7.7')],
    eth2: [entry('41.0.0.9')],
    eth0: [entry('192.168.1.20')],
  };
  const listed = listNetworkAddresses('0.0.0.0', interfaces);
  expect(listed.map(({ address }) => address)).toEqual([
    '192.168.1.20',
    '41.0.0.9',
    '169.254.7.7',
    '172.17.0.1',
    '172.20.0.1',
  ]);
  expect(listed.filter(({ recommended }) => recommended)).toEqual([listed[0]]);
  expect(listNetworkAddresses('192.168.1.20', interfaces)).toEqual([
    { address: '192.168.1.20', interface: 'eth0', recommended: true },
  ]);
  expect(listNetworkAddresses('0.0.0.0', { lo: [entry('127.0.0.1', true)] })).toEqual([]);
});
