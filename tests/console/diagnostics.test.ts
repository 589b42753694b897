import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { redactText } from '../../main/gateway/console/redact-log-line';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openTestConsole, testActor, type TestConsole } from './call-console';

let mail: MailCatcher;
let gateway: TestGateway;
let tenant: TestTenant;
let window: TestConsole;

const secrets = {
  jwt: 'jwt-Planted-5f0a9c7e13',
  smtp: 'smtp-Planted-77aa20',
  own: 'own-Planted-93bb41',
  webhook: 'whsec_UGxhbnRlZFdlYmhvb2tTZWNyZXQ=',
};

beforeAll(async () => {
  mail = await startMailCatcher();
  gateway = await startGateway({
    env: {
      JWT_SECRET: secrets.jwt,
      SYSTEM_SMTP_HOST: mail.host,
      SYSTEM_SMTP_PORT: String(mail.port),
      SYSTEM_SMTP_USER: 'postmaster@planted-office.co.za',
      SYSTEM_SMTP_PASS: secrets.smtp,
      LOG_LEVEL: 'debug',
    },
  });
  tenant = await gateway.addTenant({
    customerId: 'PLANTED-CUSTOMER',
    settings: {
      whatsapp_enabled: false,
      smtp_password: secrets.own,
      webhook_secret: secrets.webhook,
      smtp_from_name: 'Planted Office',
    },
  });
  window = openTestConsole(gateway.gateway);
});
afterAll(async () => {
  window.close();
  await gateway.stop();
  await mail.stop();
});

/** The files of a zip, by its central directory (APPNOTE 4.3.12). */
function unzip(zip: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < zip.readUInt16LE(end + 10); index += 1) {
    const nameLength = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    const text = zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(data) : data;
    files.set(zip.toString('utf8', at + 46, at + 46 + nameLength), text.toString('utf8'));
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
}

test('a bundle says how the gateway is, and nothing of whom it serves', async () => {
  await tenant.post('/api/events', invoiceEvent({ client_email: 'planted.person@planted-mail.co.za' }));
  await waitUntil(
    async () => (await window.call('overview.get', {})).channels.some(({ sent }) => sent === 1),
    { what: 'the mail to be counted' },
  );
  const { logger } = gateway.gateway;
  logger.warn('delivery.attempted', 'mail refused', {
    customer_id: tenant.customerId,
    recipient: 'planted.person@planted-mail.co.za',
    error:
      '550 <planted.person@planted-mail.co.za>: "Planted Person" of Planted Office, call +27 82 123 4567',
    phone: 27821234567,
    url: 'https://planted-hook.example.com/x?key=1',
  });
  logger.info('delivery.attempted', 'connected to 192.168.77.12 via mail.planted-host.co.za', {
    duration_ms: 17,
  });

  const { operationId } = await window.call('diagnostics.create', {});
  const operation = await window.waitForPush(
    'operation.changed',
    ({ id, state }) => id === operationId && state !== 'running',
  );
  expect(operation).toMatchObject({ kind: 'diagnostics', state: 'done', error: null });
  const download = gateway.gateway.console?.openDownload(operation.file?.downloadToken ?? '', {
    role: 'operator',
  });
  const files = unzip(await readFile(download?.path ?? ''));
  expect([...files.keys()].sort()).toEqual([
    'README.txt',
    'gateway.json',
    'log.txt',
    'settings.json',
    'tenants.json',
  ]);
  const all = [...files.values()].join('\n');
  const database = new URL(tenant.databaseUrl);
  const planted = [
    ...Object.values(secrets),
    tenant.apiKey,
    database.password,
    'PLANTED-CUSTOMER',
    'planted.person',
    'planted-mail',
    'planted-office',
    'planted-host',
    'planted-hook',
    'Planted Person',
    'Planted Office',
    '192.168.77.12',
    '27821234567',
    '82 123 4567',
    'INV-1042',
    gateway.dataDir,
  ];
  for (const word of planted) {
    expect(word.length, 'a planted word').toBeGreaterThan(5);
    expect(all.toLowerCase(), word).not.toContain(word.toLowerCase());
  }
  const read = (name: string) => JSON.parse(files.get(name) ?? 'null') as unknown;
  expect(read('gateway.json')).toMatchObject({
    version: '0.0.0-test',
    entryPoint: 'headless',
    port: gateway.port,
  });
  expect(read('settings.json')).toContainEqual({
    name: 'SYSTEM_SMTP_PASS',
    set: true,
    source: 'environment',
    pending: false,
  });
  const tenants = read('tenants.json');
  expect(tenants).toMatchObject([{ tenant: 'tenant-1', open: true, channels: { email: true } }]);
  expect(tenants).toHaveProperty('0.database.version');
  expect(tenants).toHaveProperty('0.queues.email.sent', 1);
  const log = files.get('log.txt') ?? '';
  expect(log).toContain(
    '"event":"delivery.attempted","message":"mail refused","customer_id":"tenant-1","recipient":"<removed>"',
  );
  expect(log).toContain('"duration_ms":17');
  const { rows } = await window.call('audit.list', { action: 'diagnostics.created', limit: 1 });
  expect(rows).toMatchObject([{ actor: testActor, customerId: null }]);
});

test.each([
  ['connect ECONNREFUSED 10.0.0.5:587', 'connect ECONNREFUSED <address>:587'],
  ['see https://a.example.com/b?c=d now', 'see <url> now'],
  ['getaddrinfo ENOTFOUND smtp.office.co.za', 'getaddrinfo ENOTFOUND <host>'],
  ['no account for 0821234567', 'no account for <number>'],
  ['refused by Thandi Nkosi-Dlamini', 'refused by <name>'],
  ['timeout after 30 s', 'timeout after 30 s'],
])('%s', (text, expected) => {
  expect(redactText(text)).toBe(expected);
});

test('the log is shown from its end, by level, and watched by who asked', async () => {
  const { logger } = gateway.gateway;
  const other = openTestConsole(gateway.gateway);
  try {
    logger.error('console.call_failed', 'planted error', { password: 'never-shown', attempt: 3 });
    logger.info('operation.failed', 'planted info');
    const { lines } = await window.call('logs.tail', { limit: 2 });
    expect(lines.map(({ message }) => message)).toEqual(['planted info', 'planted error']);
    expect(lines[1]).toMatchObject({
      level: 'error',
      event: 'console.call_failed',
      fields: { password: '***', attempt: 3 },
    });
    expect((lines[0]?.seq ?? 0) - (lines[1]?.seq ?? 0)).toBe(1);
    const worse = await window.call('logs.tail', { limit: 100, level: 'warn' });
    expect(new Set(worse.lines.map(({ level }) => level))).toEqual(new Set(['error', 'warn']));

    await window.call('logs.watch', { on: true });
    for (let n = 0; n < 300; n += 1) logger.debug('operation.failed', 'planted line', { n });
    const first = await window.waitForPush('logs.lines');
    expect(first.lines.length).toBeGreaterThan(200);
    expect(other.pushes.some(({ name }) => name === 'logs.lines')).toBe(false);
    await window.call('logs.watch', { on: false });
    window.pushes.length = 0;
    await other.call('logs.watch', { on: true });
    logger.info('operation.failed', 'planted for the other');
    await other.waitForPush('logs.lines', ({ lines: pushed }) =>
      pushed.some(({ message }) => message === 'planted for the other'),
    );
    expect(window.pushes.some(({ name }) => name === 'logs.lines')).toBe(false);
  } finally {
    other.close();
  }
});

test('lines of the last run are read from the end of its file', async () => {
  const line = { time: '2026-01-05T06:07:08.000Z', level: 'warn', message: 'of the last run', kept: true };
  gateway.gateway.logger.flush();
  await appendFile(join(gateway.dataDir, 'logs', 'combined.log'), `${JSON.stringify(line)}\nhalf a li`);
  const { lines } = await window.call('logs.tail', { limit: 2_000 });
  expect(lines.at(-1)).toEqual({
    seq: -1,
    at: line.time,
    level: 'warn',
    event: null,
    message: 'of the last run',
    fields: { kept: true },
  });
});

test('the audit log is paged, and exported', async () => {
  for (let n = 0; n < 7; n += 1) {
    await window.call('tenants.rename', { customerId: tenant.customerId, name: `=Name ${n}` });
  }
  const first = await window.call('audit.list', { customerId: tenant.customerId, limit: 5 });
  expect(first.rows).toHaveLength(5);
  const second = await window.call('audit.list', {
    customerId: tenant.customerId,
    limit: 5,
    beforeId: first.nextBeforeId ?? undefined,
  });
  expect(second.rows.length).toBeGreaterThanOrEqual(2);
  expect(Math.max(...second.rows.map(({ id }) => id))).toBeLessThan(first.rows.at(-1)?.id ?? 0);

  const { operationId } = await window.call('audit.export', {});
  const { file } = await window.waitForPush(
    'operation.changed',
    ({ id, state }) => id === operationId && state === 'done',
  );
  const path =
    gateway.gateway.console?.openDownload(file?.downloadToken ?? '', { role: 'operator' })?.path ?? '';
  const text = await readFile(path, 'utf8');
  expect(text.startsWith('\ufeffid,at,actor,action,customer_id,detail\r\n')).toBe(true);
  expect(text).toContain(`,${testActor},diagnostics.created,,`);
});

test('operations are listed, and cancelled by their id', async () => {
  const { operations } = await window.call('operations.list', {});
  expect(operations.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['diagnostics', 'audit_export']));
  expect((await window.refusal('operations.cancel', { operationId: 'none' })).code).toBe(
    'operation_not_found',
  );
});
