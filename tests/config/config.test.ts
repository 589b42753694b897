import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkVariable,
  configurationVariables,
  readConfig,
  type ConfigurationVariableName,
} from '../../main/gateway/config/config';
import { openDataFolder } from '../../main/gateway/config/open-data-folder';
import { ConfigurationError } from '../../main/gateway/errors';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'gateway-config-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function read(env: NodeJS.ProcessEnv) {
  return readConfig({ HOME: '/home/ann', ...env }, folder);
}

function problemOf(env: NodeJS.ProcessEnv): string {
  try {
    read(env);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ConfigurationError);
    return (thrown as Error).message;
  }
  throw new Error('was accepted');
}

describe('without any variable', () => {
  test('everything has its default', () => {
    expect(read({})).toEqual({
      host: '0.0.0.0',
      port: 3001,
      dataDir: '/home/ann/.local/share/modular-gateway',
      database: { kind: 'embedded' },
      tenantDatabaseTemplate: undefined,
      jwtSecret: undefined,
      masterKey: undefined,
      metricsToken: undefined,
      allowedOrigins: ['http://localhost:3000'],
      allowedHosts: [],
      socketCaps: { total: 10_000, perTenant: 1_000, perUser: 200, perAddress: 2_000 },
      trustedSources: [],
      trustProxy: false,
      sessionVerifyUrl: undefined,
      documentFolders: [],
      systemSmtp: null,
      browserExecutablePath: undefined,
      whatsappSessionTimeoutMs: 300_000,
      whatsappOfficeContactsPerDay: 50,
      whatsappBrowserArgs: [],
      retentionDays: 0,
      logLevel: 'info',
      console: true,
      announced: true,
      backupFolder: undefined,
      backupsKept: 7,
      backupPassphrase: undefined,
      maxDatabaseConnections: undefined,
      sharedDir: undefined,
      layers: {
        cwd: folder,
        place: 'headless',
        environment: { HOME: '/home/ann' },
        saved: {},
        ignored: [],
        unreadable: [],
      },
    });
  });

  test('empty variables count as not set', () => {
    const empty = Object.fromEntries(Object.keys(configurationVariables).map((name) => [name, '']));
    expect(read(empty)).toEqual(read({}));
  });
});

test('every variable is read', () => {
  const config = read({
    HOST: '127.0.0.1',
    PORT: '0',
    GATEWAY_DATA_DIR: 'data',
    GATEWAY_SHARED_DIR: '/mnt/gateways',
    DB_HOST: 'db.example.com',
    DB_PORT: '6543',
    DB_NAME: 'gateway',
    DB_USER: 'ann',
    DB_PASSWORD: ' p@ss ',
    TENANT_DATABASE_TEMPLATE: 'app_{customer_id}',
    JWT_SECRET: 'k7v2m9x4q1w8e5r3',
    GATEWAY_MASTER_KEY: 'z7v2m9x4q1w8e5r3',
    GATEWAY_METRICS_TOKEN: 'metrics-reader-0001',
    ALLOWED_ORIGINS: 'https://Shop.example.com/, http://10.0.0.5:8080',
    TRUSTED_SOURCES: '192.168.1.10=ACC003, 10.0.0.0/8=*,::1=B.2,::ffff:127.0.0.1=C',
    GATEWAY_TRUST_PROXY: '2',
    SESSION_VERIFY_URL: 'https://shop.example.com/verify.php',
    GATEWAY_DOCUMENT_FOLDERS: '/srv/invoices,/srv/payslips',
    SYSTEM_SMTP_HOST: 'smtp.example.com',
    SYSTEM_SMTP_PORT: '465',
    SYSTEM_SMTP_USER: 'mail@example.com',
    SYSTEM_SMTP_PASS: 'geheim',
    PUPPETEER_EXECUTABLE_PATH: '/opt/browser',
    WHATSAPP_SESSION_TIMEOUT: '60000',
    WHATSAPP_OFFICE_CONTACTS_PER_DAY: '120',
    GATEWAY_RETENTION_DAYS: '90',
    WHATSAPP_BROWSER_ARGS: `--proxy-server="http://a b" --lang='en ZA' --flag\\ x ""`,
    LOG_LEVEL: 'DEBUG',
  });
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(folder, 'data'),
    sharedDir: '/mnt/gateways',
    database: {
      kind: 'server',
      host: 'db.example.com',
      port: 6543,
      name: 'gateway',
      user: 'ann',
      password: ' p@ss ',
    },
    tenantDatabaseTemplate: 'app_{customer_id}',
    jwtSecret: 'k7v2m9x4q1w8e5r3',
    masterKey: 'z7v2m9x4q1w8e5r3',
    metricsToken: 'metrics-reader-0001',
    allowedOrigins: ['https://shop.example.com', 'http://10.0.0.5:8080'],
    trustedSources: [
      { address: '192.168.1.10', prefixLength: 32, family: 'ipv4', customerId: 'ACC003' },
      { address: '10.0.0.0', prefixLength: 8, family: 'ipv4', customerId: '*' },
      { address: '::1', prefixLength: 128, family: 'ipv6', customerId: 'B.2' },
      { address: '127.0.0.1', prefixLength: 32, family: 'ipv4', customerId: 'C' },
    ],
    trustProxy: 2,
    sessionVerifyUrl: 'https://shop.example.com/verify.php',
    documentFolders: ['/srv/invoices', '/srv/payslips'],
    systemSmtp: {
      host: 'smtp.example.com',
      port: 465,
      username: 'mail@example.com',
      password: 'geheim',
      fromEmail: 'mail@example.com',
      fromName: 'Modular Gateway',
      secure: true,
    },
    browserExecutablePath: '/opt/browser',
    whatsappSessionTimeoutMs: 60_000,
    whatsappOfficeContactsPerDay: 120,
    whatsappBrowserArgs: ['--proxy-server=http://a b', '--lang=en ZA', '--flag x', ''],
    retentionDays: 90,
    logLevel: 'debug',
  });
});

test.each<[ConfigurationVariableName, string]>([
  ['PORT', 'abc'],
  ['PORT', '70000'],
  ['PORT', '-1'],
  ['PORT', '3001.5'],
  ['HOST', 'not a host'],
  ['DB_HOST', 'a b'],
  ['DB_HOST', 'db1,,db2'],
  ['DB_HOST', 'db1:5432,db2:5433'],
  ['DB_PORT', '0'],
  ['DB_PORT', '5432,x'],
  ['DB_NAME', 'shop?ssl=1'],
  ['TENANT_DATABASE_TEMPLATE', 'app'],
  ['TENANT_DATABASE_TEMPLATE', 'http://x/{customer_id}'],
  ['ALLOWED_ORIGINS', 'shop.example.com'],
  ['ALLOWED_ORIGINS', 'https://shop.example.com/path'],
  ['TRUSTED_SOURCES', '192.168.1.10'],
  ['TRUSTED_SOURCES', '192.168.1.300=ACC003'],
  ['TRUSTED_SOURCES', '192.168.1.0/33=ACC003'],
  ['TRUSTED_SOURCES', '10.0.0.1=ACC 003'],
  ['GATEWAY_TRUST_PROXY', 'true'],
  ['GATEWAY_TRUST_PROXY', 'proxy.example.com'],
  ['SESSION_VERIFY_URL', 'ftp://example.com'],
  ['GATEWAY_DOCUMENT_FOLDERS', 'invoices'],
  ['SYSTEM_SMTP_PORT', 'smtp'],
  ['SYSTEM_SMTP_SECURE', 'maybe'],
  ['SYSTEM_SMTP_FROM_EMAIL', 'nobody'],
  ['SYSTEM_SMTP_FROM_NAME', 'x\nBcc: y@example.com'],
  ['WHATSAPP_SESSION_TIMEOUT', '5 minutes'],
  ['WHATSAPP_OFFICE_CONTACTS_PER_DAY', '-1'],
  ['WHATSAPP_BROWSER_ARGS', '--a "b'],
  ['WHATSAPP_BROWSER_ARGS', "--a 'b"],
  ['WHATSAPP_BROWSER_ARGS', '--a \\'],
  ['LOG_LEVEL', 'loud'],
])('%s = %j is refused in one line that says what it holds and may hold', (name, value) => {
  const problem = problemOf({ [name]: value });
  expect(problem).toContain(`${name} holds ${JSON.stringify(value)}`);
  expect(problem).toContain(`it may hold ${configurationVariables[name].allowed}`);
  expect(problem).not.toContain('\n');
  expect(checkVariable(name, value)).toBe(problem);
});

test.each([
  ['db1,db2', undefined, [5432, 5432]],
  ['db1, db2', '6000', [6000, 6000]],
  ['db1,db2', '6000, 6001', [6000, 6001]],
])('DB_HOST = %j with DB_PORT = %j is a primary and its standby', (hosts, ports, expected) => {
  expect(read({ DB_HOST: hosts, DB_PORT: ports }).database).toMatchObject({
    host: 'db1',
    port: expected[0],
    standbys: [{ host: 'db2', port: expected[1] }],
  });
});

test.each([
  ['db1,db2', '1,2,3', 'DB_PORT names 3 ports, and DB_HOST 2 servers'],
  ['db1', '1,2', 'DB_PORT names 2 ports, and DB_HOST one server'],
])('DB_HOST = %j with DB_PORT = %j is refused', (hosts, ports, problem) => {
  expect(problemOf({ DB_HOST: hosts, DB_PORT: ports })).toContain(problem);
});

test.each([
  'short',
  'your-secret-key',
  'your-super-secret-jwt-key-change-this-in-production',
  'changeme-changeme-changeme',
  'secret1234567890',
])('JWT_SECRET = %j is refused and not repeated', (value) => {
  const problem = problemOf({ JWT_SECRET: value });
  expect(problem).toContain(`JWT_SECRET holds ${value.length} characters (not shown)`);
  expect(problem).not.toContain(value);
});

test('passwords of addresses are not repeated', () => {
  const problem = problemOf({ TENANT_DATABASE_TEMPLATE: 'postgres://ann:geh@im@db/app' });
  expect(problem).toContain('postgres://ann:***@db/app');
  expect(problem).not.toContain('im@');
});

test('all problems are told at once', () => {
  const problem = problemOf({ PORT: 'x', LOG_LEVEL: 'y' });
  expect(problem).toContain('PORT holds "x"');
  expect(problem).toContain('LOG_LEVEL holds "y"');
});

test('.env of the working folder is read, and the environment wins over it', () => {
  const path = join(folder, '.env');
  writeFileSync(path, 'PORT=4000\nHOST="127.0.0.1" # here\nLOG_LEVEL=warn\n');
  try {
    expect(read({ PORT: '5000' })).toMatchObject({ port: 5000, host: '127.0.0.1', logLevel: 'warn' });
  } finally {
    rmSync(path);
  }
});

test('the data folder follows XDG_DATA_HOME', () => {
  expect(read({ XDG_DATA_HOME: '/srv/data' }).dataDir).toBe('/srv/data/modular-gateway');
});

test('a data folder that cannot be is named with its variable', () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  expect(() => openDataFolder(read({ GATEWAY_DATA_DIR: join(file, 'data') }))).toThrow(
    /^GATEWAY_DATA_DIR holds ".*a-file.data", but a part of that is a file; it may hold a folder/,
  );
});
