import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../main/gateway/config/config';
import { noteRunning, readRunning } from '../../main/gateway/config/running-settings';
import { createFileSecretStore } from '../../main/gateway/secrets/secret-store';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'running-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (environment: NodeJS.ProcessEnv) =>
  readConfig({ GATEWAY_DATA_DIR: folder, ...environment }, folder);
const started = {
  PORT: '0',
  SYSTEM_SMTP_HOST: 'mail.example.com',
  SYSTEM_SMTP_PASS: 'a secret of the mail server',
  JWT_SECRET: 'j'.repeat(40),
};

test('another shell learns what the gateway was started with, and where it listens', () => {
  const config = read(started);
  const secrets = createFileSecretStore(config);
  const forget = noteRunning(config, 4711, secrets);
  const running = readRunning(read({}), secrets);
  expect(running).toMatchObject({ pid: process.pid, unreadable: [] });
  expect(running?.config).toMatchObject({
    port: 4711,
    dataDir: folder,
    systemSmtp: { host: 'mail.example.com', password: started.SYSTEM_SMTP_PASS },
  });
  forget();
  expect(readRunning(read({}), secrets)).toBeUndefined();
});

test('the note holds no secret that could be read, and is for nobody else', () => {
  const config = read(started);
  noteRunning(config, 4711, createFileSecretStore(config));
  const path = join(folder, 'running.json');
  const text = readFileSync(path, 'utf8');
  expect(text).not.toContain(started.SYSTEM_SMTP_PASS);
  expect(text).not.toContain('JWT_SECRET');
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('an address with a login or a token in it is a secret, too', () => {
  const env = {
    TENANT_DATABASE_TEMPLATE: 'postgres://office:hidden1@db.example.com/{customer_id}',
    SESSION_VERIFY_URL: 'https://erp.example.com/verify?token=hidden2',
  };
  const config = read({ ...started, ...env });
  const secrets = createFileSecretStore(config);
  noteRunning(config, 4711, secrets);
  expect(readFileSync(join(folder, 'running.json'), 'utf8')).not.toMatch(/hidden[12]/);
  expect(readRunning(read({}), secrets)?.config.tenantDatabaseTemplate).toBe(env.TENANT_DATABASE_TEMPLATE);
});

test('secrets closed by a master key that is not known here count as not set, and are named', () => {
  const config = read({ ...started, GATEWAY_MASTER_KEY: 'm'.repeat(40) });
  noteRunning(config, 4711, createFileSecretStore(config));
  const own = read({});
  const running = readRunning(own, createFileSecretStore(own));
  expect(running?.unreadable).toEqual(['SYSTEM_SMTP_PASS']);
  expect(running?.config.systemSmtp).toMatchObject({ host: 'mail.example.com', password: '' });
});

test.each(['', '{', '{"pid":0}', 'null', '{"pid":4194305,"port":1,"cwd":"/","environment":{}}'])(
  'a note that is none, or of a gateway that is gone, says nothing: %s',
  (text) => {
    writeFileSync(join(folder, 'running.json'), text);
    const own = read({});
    expect(readRunning(own, createFileSecretStore(own))).toBeUndefined();
  },
);
