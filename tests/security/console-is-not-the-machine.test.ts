import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConsoleLogin } from '../../main/gateway/auth/console-login';
import { configurationVariables, readConfig } from '../../main/gateway/config/config';
import { openTestConsole, type TestConsole } from '../console/call-console';
import { startGateway, type TestGateway } from '../support/start-gateway';

/** What names a program, an argument, a file, a server or whom to believe, with a value that makes sense. */
const machineValues: Record<string, string> = {
  PUPPETEER_EXECUTABLE_PATH: '/bin/sh',
  WHATSAPP_BROWSER_ARGS: '--renderer-cmd-prefix=/bin/sh',
  TLS_CERT_FILE: '/etc/passwd',
  TLS_KEY_FILE: '/etc/passwd',
  DB_HOST: '192.0.2.7',
  DB_PORT: '5433',
  DB_NAME: 'theirs',
  DB_USER: 'them',
  DB_PASSWORD: 'guessed',
  TENANT_DATABASE_TEMPLATE: 'postgres://them@192.0.2.7/{customer_id}',
  TRUSTED_SOURCES: '0.0.0.0/0=*',
  GATEWAY_TRUST_PROXY: '1',
  SESSION_VERIFY_URL: 'http://192.0.2.7/verify',
  GATEWAY_DOCUMENT_FOLDERS: '/etc',
  GATEWAY_UPDATE_URL: 'https://192.0.2.7/updates',
};

describe('in a gateway without a window', () => {
  let gateway: TestGateway;
  let page: TestConsole;

  beforeAll(async () => {
    gateway = await startGateway({
      env: { SYSTEM_SMTP_HOST: 'mail.example.com', SYSTEM_SMTP_USER: 'a', SYSTEM_SMTP_PASS: 'kept' },
    });
    page = openTestConsole(gateway.gateway);
  });
  afterAll(async () => {
    page.close();
    await gateway.stop();
  });

  test.each(Object.entries(machineValues))(
    '%s cannot be saved, and is shown read-only',
    async (name, value) => {
      const refused = await page.refusal('settings.save', { values: { [name]: value } });
      expect(refused).toMatchObject({ code: 'invalid_settings', details: [{ path: name }] });
      expect(refused.message).toContain('environment');
      expect((await page.call('settings.check', { name, value })).problem).toContain('environment');
      const { variables } = await page.call('settings.get', {});
      expect(variables.find((one) => one.name === name)).toMatchObject({ fixed: true });
    },
  );

  test('nothing that names a path, an address of trust or a program is left out of that', async () => {
    const { variables } = await page.call('settings.get', {});
    const changeable = variables.filter(({ fixed }) => !fixed).map(({ name }) => name);
    const speaksOf = /path|folder|program|argument|server at|that database|without a key|X-Forwarded/i;
    expect(changeable.filter((name) => speaksOf.test(describeVariable(name)))).toEqual([]);
    expect(changeable).toContain('SYSTEM_SMTP_HOST');
  });

  test('a database server is not tried, and no connection leaves for it', async () => {
    const server = { host: '127.0.0.1', port: '9', name: 'x', user: 'y', password: 'z' };
    const answer = await page.call('setup.checkDatabase', server);
    expect(answer).toMatchObject({ ok: false, message: expect.stringContaining('environment') as string });
  });

  test('the mail password that is kept does not go to another server', async () => {
    const account = { port: 25, username: 'a', secure: false, fromEmail: 'a@example.com', fromName: 'A' };
    const answer = await page.call('setup.sendTestMail', {
      account: { ...account, host: '127.0.0.1' },
      to: 'a@example.com',
    });
    expect(answer).toMatchObject({
      ok: false,
      message: expect.stringMatching(/Type the password/) as string,
    });
  });

  test('a tenant database address cannot name files of this machine', async () => {
    const database = 'postgres://a:b@127.0.0.1:9/db';
    const list = 'postgres://a:b@127.0.0.1:9,127.0.0.1:8/db';
    for (const databaseUrl of [
      `${database}?sslcert=/etc/shadow`,
      `${database}?sslkey=/x`,
      `${database}?sslrootcert=/x`,
      `${database}?host=/var/run/postgresql`,
      `${database}?host=127.0.0.1,/var/run/postgresql`,
      `${list}?sslcert=/etc/shadow`,
      'postgres://a:b@127.0.0.1:9,%2Fvar%2Frun%2Fpostgresql:8/db',
      'postgres://a:b@127.0.0.1,%2Fvar%2Frun%2Fpostgresql/db',
    ]) {
      const refused = await page.refusal('tenants.add', { customerId: 'ACC900', name: 'N', databaseUrl });
      expect(refused.code).toBe('invalid_database_url');
    }
  });
});

function describeVariable(name: string): string {
  const variable = configurationVariables[name as keyof typeof configurationVariables];
  return `${variable.allowed} ${variable.description}`;
}

describe('what was saved before', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'modular-gateway-saved-'));
    await writeFile(
      join(folder, 'settings.json'),
      JSON.stringify({ values: { ...machineValues, DB_PASSWORD: 'not encrypted', LOG_LEVEL: 'warn' } }),
    );
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const read = (place: 'headless' | 'command') =>
    readConfig({ GATEWAY_DATA_DIR: folder, HOME: folder }, folder, undefined, place);

  test.each(['headless', 'command'] as const)('is ignored and named (%s)', (place) => {
    const config = read(place);
    expect(config).toMatchObject({
      database: { kind: 'embedded' },
      trustedSources: [],
      documentFolders: [],
      whatsappBrowserArgs: [],
      logLevel: 'warn',
    });
    expect(config.browserExecutablePath).toBeUndefined();
    expect([...config.layers.ignored].sort()).toEqual(Object.keys(machineValues).sort());
  });

  test('in the window holds there, and for the commands of the same folder', async () => {
    await writeFile(join(folder, 'settings.json'), JSON.stringify({ values: { DB_HOST: '192.0.2.7' } }));
    const env = { GATEWAY_DATA_DIR: folder, HOME: folder };
    expect(readConfig(env, folder, undefined, 'desktop').database).toMatchObject({ host: '192.0.2.7' });
    expect(read('command').database).toMatchObject({ host: '192.0.2.7' });
    expect(read('headless').database).toEqual({ kind: 'embedded' });
  });
});

test('what was saved before is named in the log of the start', async () => {
  const gateway = await startGateway({ saved: { WHATSAPP_BROWSER_ARGS: '--renderer-cmd-prefix=/bin/sh' } });
  try {
    const lines = await gateway.readLog();
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', settings: 'WHATSAPP_BROWSER_ARGS' }),
    );
  } finally {
    await gateway.stop();
  }
});

describe('the data folder', () => {
  let folder: string;
  let data: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'modular-gateway-shared-'));
    data = join(folder, 'data');
    await mkdir(join(data, 'exports'), { recursive: true });
    await mkdir(join(folder, 'invoices'));
    await symlink(data, join(folder, 'link'));
    await symlink(folder, join(folder, 'up'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test.each(['desktop', 'headless'] as const)(
    'is never shared out, nor its parents or children (%s)',
    (place) => {
      const open = (shared: string) =>
        readConfig(
          { GATEWAY_DATA_DIR: data, HOME: folder, GATEWAY_DOCUMENT_FOLDERS: shared },
          folder,
          undefined,
          place,
        );
      const bad = [
        data,
        folder,
        '/',
        join(data, 'exports'),
        join(data, 'not-there-yet'),
        join(folder, 'link'),
      ];
      const worse = [join(folder, 'up'), join(folder, 'up', 'data'), `${data}/../data`, `${data}/`];
      for (const shared of [...bad, ...worse]) {
        expect(() => open(shared), shared).toThrow(/GATEWAY_DOCUMENT_FOLDERS holds .*own data/);
        expect(() => open(`${join(folder, 'invoices')},${shared}`), shared).toThrow(/own data/);
      }
      expect(open(join(folder, 'invoices')).documentFolders).toEqual([join(folder, 'invoices')]);
      expect(open(`${data}-of-others`).documentFolders).toHaveLength(1);
    },
  );
});

test('the desktop window may set what is of the machine, but not share out the data folder', async () => {
  const gateway = await startGateway({ asDesktop: true });
  const window = openTestConsole(gateway.gateway);
  try {
    await window.call('settings.save', { values: { PUPPETEER_EXECUTABLE_PATH: '/usr/bin/chromium' } });
    const saved = JSON.parse(await readFile(join(gateway.dataDir, 'settings.json'), 'utf8')) as unknown;
    expect(saved).toEqual({ values: { PUPPETEER_EXECUTABLE_PATH: '/usr/bin/chromium' }, ofWindow: true });
    const refused = await window.refusal('settings.save', {
      values: { GATEWAY_DOCUMENT_FOLDERS: gateway.dataDir },
    });
    expect(refused).toMatchObject({ details: [{ path: 'GATEWAY_DOCUMENT_FOLDERS' }] });
    // Each makes sense, together they do not.
    const conflict = await window.refusal('settings.save', { values: { TLS_CERT_FILE: '/etc/cert.pem' } });
    expect(conflict).toMatchObject({ code: 'invalid_settings', details: [{ path: 'TLS_CERT_FILE' }] });
  } finally {
    window.close();
    await gateway.stop();
  }
});

describe('what touches security', () => {
  const password = 'seven wet pelicans';
  let gateway: TestGateway;
  let page: TestConsole;

  beforeAll(async () => {
    gateway = await startGateway();
    await gateway.addTenant({ customerId: 'ACC001' });
    await createConsoleLogin(gateway.system).setPassword(password);
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    page = openTestConsole(gateway.gateway);
  });
  afterEach(() => page.close());

  const calls = [
    ['settings.save', { values: { ALLOWED_ORIGINS: '*' } }],
    ['settings.save', { values: { GATEWAY_CONSOLE: 'off' } }],
    ['settings.save', { values: { SYSTEM_SMTP_HOST: 'mail.example.com', LOG_LEVEL: 'info' } }],
    ['tenants.saveSettings', { customerId: 'ACC001', values: { allow_private_urls: false } }],
    ['tenants.saveSettings', { customerId: 'ACC001', values: { rate_limit_per_hour: 77 } }],
    ['backups.create', { withSecrets: true }],
  ] as const;

  test.each(calls)('%s %j asks for the password again, and changes nothing before', async (name, input) => {
    expect(await page.refusal(name, input)).toMatchObject({ code: 'password_needed' });
    const { variables } = await page.call('settings.get', {});
    expect(variables.filter(({ pending }) => pending)).toEqual([]);
  });

  test.each([
    ['smtp', { smtp_host: 'mail.example.com', smtp_password: 'kept' }, { smtp_host: 'evil.example' }],
    [
      'bounces',
      { bounce_imap_host: 'mail.example.com', bounce_imap_username: 'bounces', bounce_imap_password: 'kept' },
      { bounce_imap_host: 'evil.example' },
    ],
  ])('a password that is kept goes to no other server without it (%s)', async (_what, kept, moved) => {
    await page.call('tenants.saveSettings', { customerId: 'ACC001', values: kept });
    const elsewhere = { customerId: 'ACC001', values: moved };
    expect(await page.refusal('tenants.saveSettings', elsewhere)).toMatchObject({ code: 'password_needed' });
  });

  test('nor one that is copied at the same moment', async () => {
    await gateway.addTenant({ customerId: 'COPY' });
    await page.call('tenants.saveSettings', {
      customerId: 'ACC001',
      values: { smtp_host: 'mail.example.com', smtp_password: 'kept' },
    });
    const copying = page.call('tenants.copySettings', {
      customerId: 'COPY',
      from: 'ACC001',
      groups: ['email'],
    });
    const moving = page.refusal('tenants.saveSettings', {
      customerId: 'COPY',
      values: { smtp_host: 'evil.example' },
    });
    expect(await moving).toMatchObject({ code: 'password_needed' });
    await copying;
  });

  test('what does not touch it is saved as before', async () => {
    await page.call('settings.save', { values: { GATEWAY_RETENTION_DAYS: '100' } });
    await page.call('settings.save', { values: { GATEWAY_RETENTION_DAYS: null } });
    await page.call('tenants.saveSettings', { customerId: 'ACC001', values: { locale: 'af-ZA' } });
  });

  test('goes through once it is given, on that page only, and is in the audit log with before and after', async () => {
    expect(await page.refusal('login.confirm', { password: 'eight wet pelicans' })).toMatchObject({
      code: 'wrong_password',
    });
    await page.call('login.confirm', { password });
    const values = { ALLOWED_ORIGINS: 'https://shop.example.com', GATEWAY_METRICS_TOKEN: 'x9'.repeat(10) };
    await page.call('settings.save', { values });
    await page.call('tenants.saveSettings', { customerId: 'ACC001', values: { allow_private_urls: false } });
    const other = openTestConsole(gateway.gateway);
    expect(await other.refusal('settings.save', { values: { ALLOWED_ORIGINS: null } })).toMatchObject({
      code: 'password_needed',
    });
    other.close();

    const entries = await gateway.system.query<{ action: string; detail: Record<string, unknown> }>({
      name: 'test.audit',
      text: `select action, detail from audit_log where action like '%settings%' order by id desc limit 2`,
    });
    expect(entries).toMatchObject([
      { detail: { changes: [{ name: 'allow_private_urls', before: true, after: false }] } },
      {
        detail: {
          changes: [
            { name: 'GATEWAY_METRICS_TOKEN', before: 'not set', after: 'set' },
            { name: 'ALLOWED_ORIGINS', after: 'https://shop.example.com' },
          ],
        },
      },
    ]);
    expect(JSON.stringify(entries)).not.toContain('x9x9');
    await page.call('settings.save', { values: { ALLOWED_ORIGINS: null, GATEWAY_METRICS_TOKEN: null } });
  });

  test('guesses are counted', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 14 }, () => page.refusal('login.confirm', { password: 'nope nope nope' })),
    );
    expect(guesses.map(({ code }) => code)).toContain('rate_limited');
  });
});
