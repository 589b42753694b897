import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../main/gateway/config/config';
import { ConfigurationError } from '../../main/gateway/errors';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { openTestConsole, testActor, type TestConsole } from './call-console';

let gateway: TestGateway;
let window: TestConsole;
let settingsFile: string;

beforeAll(async () => {
  gateway = await startGateway({ env: { LOG_LEVEL: 'warn' } });
  window = openTestConsole(gateway.gateway);
  settingsFile = join(gateway.dataDir, 'settings.json');
});
afterAll(async () => {
  window.close();
  await gateway.stop();
});

const restarted = (env: NodeJS.ProcessEnv = {}) =>
  readConfig({ GATEWAY_DATA_DIR: gateway.dataDir, ...env }, gateway.dataDir);

async function variable(name: string) {
  const { variables } = await window.call('settings.get', {});
  return variables.find((one) => one.name === name);
}

describe('saved settings', () => {
  test('hold after a restart, secrets encrypted, and wait for one until then', async () => {
    const saved = await window.call('settings.save', {
      values: {
        SYSTEM_SMTP_HOST: 'smtp.example.com',
        SYSTEM_SMTP_PASS: ' a secret phrase ',
        WHATSAPP_SESSION_TIMEOUT: '120000',
      },
    });
    expect(saved.restartNeeded).toBe(true);
    expect(await variable('SYSTEM_SMTP_HOST')).toMatchObject({
      value: 'smtp.example.com',
      source: 'saved',
      pending: true,
    });
    expect(await variable('SYSTEM_SMTP_PASS')).toMatchObject({ value: null, isSet: true, pending: true });
    expect((await window.call('gateway.info', {})).restartNeeded).toBe(true);

    expect((await stat(settingsFile)).mode & 0o777).toBe(0o600);
    const text = await readFile(settingsFile, 'utf8');
    expect(text).toContain('smtp.example.com');
    expect(text).not.toContain('secret phrase');

    const config = restarted();
    expect(config.systemSmtp).toMatchObject({ host: 'smtp.example.com', password: ' a secret phrase ' });
    expect(config.whatsappSessionTimeoutMs).toBe(120_000);

    const deeds = await gateway.system.query<{ actor: string; detail: unknown }>({
      name: 'test.audit',
      text: `select actor, detail from audit_log where action = 'gateway.settings_changed'`,
    });
    expect(deeds).toEqual([
      {
        actor: testActor,
        detail: {
          settings: ['SYSTEM_SMTP_HOST', 'SYSTEM_SMTP_PASS', 'WHATSAPP_SESSION_TIMEOUT'],
          changes: [
            { name: 'SYSTEM_SMTP_HOST', before: null, after: 'smtp.example.com' },
            { name: 'SYSTEM_SMTP_PASS', before: 'not set', after: 'set' },
            { name: 'WHATSAPP_SESSION_TIMEOUT', before: null, after: '120000' },
          ],
        },
      },
    ]);
  });

  test('give way to the environment, which cannot be changed here', async () => {
    expect(restarted({ WHATSAPP_SESSION_TIMEOUT: '60000' }).whatsappSessionTimeoutMs).toBe(60_000);
    expect(restarted({ WHATSAPP_SESSION_TIMEOUT: '' }).whatsappSessionTimeoutMs).toBe(120_000);
    await writeFile(join(gateway.dataDir, '.env'), 'WHATSAPP_SESSION_TIMEOUT=70000\n');
    expect(restarted().whatsappSessionTimeoutMs).toBe(70_000);
    const refused = await window.refusal('settings.save', { values: { LOG_LEVEL: 'debug' } });
    expect(refused).toMatchObject({ code: 'invalid_settings', details: [{ path: 'LOG_LEVEL' }] });
    expect((await window.call('settings.check', { name: 'LOG_LEVEL', value: 'debug' })).problem).toMatch(
      /environment/,
    );
  });

  test('go back to the default', async () => {
    const values = { SYSTEM_SMTP_HOST: null, SYSTEM_SMTP_PASS: '', WHATSAPP_SESSION_TIMEOUT: null };
    expect(await window.call('settings.save', { values })).toEqual({ restartNeeded: false });
    expect(await variable('SYSTEM_SMTP_HOST')).toMatchObject({
      isSet: false,
      source: 'default',
      pending: false,
    });
    expect(JSON.parse(await readFile(settingsFile, 'utf8'))).toEqual({ values: {} });
  });

  test('are saved all or none, each problem at its field', async () => {
    const before = await readFile(settingsFile, 'utf8');
    const refused = await window.refusal('settings.save', {
      values: {
        SYSTEM_SMTP_HOST: 'mail.example.com',
        SYSTEM_SMTP_PORT: 'many',
        GATEWAY_DATA_DIR: '/elsewhere',
        GATEWAY_MASTER_KEY: 'ein langes und zufaelliges Wort',
        PATH: '/bin',
      },
    });
    expect(refused.code).toBe('invalid_settings');
    expect((refused.details as { path: string }[]).map(({ path }) => path)).toEqual([
      'SYSTEM_SMTP_PORT',
      'GATEWAY_DATA_DIR',
      'GATEWAY_MASTER_KEY',
      'PATH',
    ]);
    expect(await readFile(settingsFile, 'utf8')).toBe(before);
  });

  test('are checked while they are typed', async () => {
    const check = async (name: string, value: string) =>
      (await window.call('settings.check', { name, value })).problem;
    expect(await check('SYSTEM_SMTP_PORT', '25')).toBeNull();
    expect(await check('SYSTEM_SMTP_PORT', '')).toBeNull();
    expect(await check('SYSTEM_SMTP_PORT', '70000')).toMatch(/^SYSTEM_SMTP_PORT holds "70000"/);
    expect(await check('GATEWAY_METRICS_TOKEN', 'short')).not.toContain('short"');
    expect(await check('NONSENSE', 'x')).toMatch(/no setting/);
  });

  test('of another hand: nonsense stops the start, a secret of another key counts as not set', async () => {
    await writeFile(settingsFile, '{"values":{"SYSTEM_SMTP_PORT":"many"}}');
    expect(() => restarted()).toThrow(ConfigurationError);
    expect(() => restarted()).toThrow(/settings\.json/);
    await writeFile(settingsFile, 'not json');
    expect(() => restarted()).toThrow(/settings\.json/);
    const foreign = `mgs1:${Buffer.alloc(60, 7).toString('base64url')}`;
    await writeFile(
      settingsFile,
      JSON.stringify({ values: { SYSTEM_SMTP_PASS: foreign, GATEWAY_DATA_DIR: '/elsewhere', WHO: 'knows' } }),
    );
    const { layers, dataDir } = restarted();
    expect(layers).toMatchObject({ saved: {}, unreadable: ['SYSTEM_SMTP_PASS'] });
    expect(dataDir).toBe(gateway.dataDir);
  });
});
