import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findFreePort } from '../support/find-free-port';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import {
  bareEnvironment,
  runCommand,
  serverEnvironment,
  spawnCommand,
  type CommandOptions,
  type CommandResult,
} from './run-command-line';

// Each command is a process; a busy machine takes its time for several of them.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** An installation of its own: a data folder and a system database. */
interface Place {
  readonly dataDir: string;
  readonly system: TestDatabase;
  readonly env: NodeJS.ProcessEnv;
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Also drops what the gateway made for tenants. */
  stop(): Promise<void>;
}

async function createPlace(): Promise<Place> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-cli-'));
  const system = await createTestDatabase();
  const env = serverEnvironment(system.name, dataDir);
  const runHere = (args: readonly string[], options: CommandOptions = {}) =>
    runCommand(args, { ...options, env: { ...env, ...options.env } });
  return {
    dataDir,
    system,
    env,
    run: runHere,
    async stop() {
      const list = await runHere(['tenant', 'list', '--json']);
      for (const { customer_id } of (list.json() as { tenants: AddedTenant[] }).tenants) {
        await runHere(['tenant', 'remove', customer_id, '--drop-database', '--yes']);
      }
      await system.stop();
      rmSync(dataDir, { recursive: true });
    },
  };
}

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.stop());

const run: Place['run'] = (args, options) => place.run(args, options);

interface AddedTenant {
  customer_id: string;
  api_key: string;
  database_url: string;
}

async function addTenant(customerId: string, ...more: string[]): Promise<AddedTenant> {
  return addTenantTo(place, customerId, ...more);
}

async function addTenantTo(where: Place, customerId: string, ...more: string[]): Promise<AddedTenant> {
  const result = await where.run(['tenant', 'add', customerId, ...more, '--json']);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result.json() as AddedTenant;
}

async function query(url: string, text: string): Promise<object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('tenant', () => {
  test('add prints what a program needs, and the database takes any client', async () => {
    const added = await addTenant('ACC003', '--name', 'The shop');
    expect(added).toEqual({
      customer_id: 'ACC003',
      api_key: expect.stringMatching(/^mgw_/) as string,
      database_url: expect.stringMatching(/^postgres:\/\//) as string,
      name: 'The shop',
    });
    expect(await query(added.database_url, 'select customer_id from settings_email_whatsapp')).toEqual([
      { customer_id: 'ACC003' },
    ]);
  });

  test('add for people says everything once', async () => {
    const result = await run(['tenant', 'add', 'PEOPLE']);
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(
      /^Tenant PEOPLE added\.\nAPI key: +mgw_\S+ .*\nDatabase: +postgres:\/\/\S+\n$/,
    );
  });

  test('add adopts the database of --database-url', async () => {
    const theirs = await createTestDatabase({ seed: 'settings-schema' });
    try {
      const result = await run(['tenant', 'add', 'ACC001', '--database-url', theirs.url, '--json']);
      expect(result.json()).toMatchObject({ database_url: theirs.url });
      const settings = await run(['settings', 'get', 'ACC001', '--json']);
      expect(settings.json()).toMatchObject({ smtp_host: 'smtp.acc001.example', smtp_password: 'set' });
      const removed = await run(['tenant', 'remove', 'ACC001', '--json']);
      expect(removed.json()).toMatchObject({ removed: true, database: theirs.name, database_dropped: false });
    } finally {
      await theirs.stop();
    }
  });

  test('list shows everybody, and passwords only when asked', async () => {
    const { database_url } = await addTenant('LISTED');
    const shown = await run(['tenant', 'list', '--json']);
    const { tenants: listed } = shown.json() as { tenants: Record<string, unknown>[] };
    expect(listed.find((tenant) => tenant['customer_id'] === 'LISTED')).toMatchObject({
      name: 'LISTED',
      paused: false,
    });
    expect(shown.stdout).not.toContain(new URL(database_url).password);
    expect((await run(['tenant', 'list'])).stdout).toMatch(/^LISTED +LISTED +active/m);
    const whole = await run(['tenant', 'list', '--show-passwords', '--json']);
    expect(whole.stdout).toContain(database_url);
  });

  test('remove works without a terminal, drops nothing unless told twice', async () => {
    const { database_url } = await addTenant('LEAVING');
    const refused = await run(['tenant', 'remove', 'LEAVING', '--drop-database']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/--yes/);
    expect(await run(['tenant', 'remove', 'LEAVING'])).toMatchObject({ code: 0, stderr: '' });
    expect(await query(database_url, 'select 1 as one')).toEqual([{ one: 1 }]);

    await addTenant('LEAVING');
    const dropped = await run(['tenant', 'remove', 'LEAVING', '--drop-database', '--yes', '--json']);
    expect(dropped.json()).toMatchObject({ removed: true, database_dropped: true });
    await expect(query(database_url, 'select 1')).rejects.toThrow();
  });
});

describe('key', () => {
  test('create, list, revoke', async () => {
    await addTenant('KEYS');
    const created = (await run(['key', 'create', 'KEYS', '--name', 'the till', '--json'])).json() as {
      id: number;
      api_key: string;
      prefix: string;
    };
    expect(created.api_key.startsWith(created.prefix)).toBe(true);
    const list = async () =>
      ((await run(['key', 'list', 'KEYS', '--json'])).json() as { keys: Record<string, unknown>[] }).keys;
    expect(await list()).toMatchObject([{ name: 'first key' }, { name: 'the till', revoked_at: null }]);
    expect((await run(['key', 'list', 'KEYS'])).stdout).not.toContain(created.api_key);

    const revoked = await run(['key', 'revoke', 'KEYS', created.prefix, '--json']);
    expect(revoked.json()).toMatchObject({ id: created.id, prefix: created.prefix });
    expect((await list())[1]!['revoked_at']).toMatch(/^\d{4}-/);
    expect(await run(['key', 'revoke', 'KEYS', '99999'])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('settings', () => {
  test('set several, see what changed, and get them', async () => {
    await addTenant('SET');
    const set = await run(['settings', 'set', 'SET', 'smtp_port=2525', 'webhook_secret=geheim=1', '--json']);
    expect(set.json()).toEqual({
      customer_id: 'SET',
      changed: [
        { name: 'smtp_port', before: 587, after: 2525 },
        { name: 'webhook_secret', before: 'not set', after: 'set' },
      ],
    });
    const again = await run(['settings', 'set', 'SET', 'smtp_port=2525', 'webhook_secret=other']);
    expect(again.stdout).toBe('webhook_secret: set → set (another webhook_secret)\n');
    expect((await run(['settings', 'get', 'SET', 'smtp_port', '--json'])).json()).toEqual({
      customer_id: 'SET',
      smtp_port: 2525,
    });
    const all = await run(['settings', 'get', 'SET']);
    expect(all.stdout).toMatch(/^webhook_secret +set$/m);
    expect(all.stdout).toMatch(/^timezone +Africa\/Johannesburg$/m);
    expect(all.stdout).not.toMatch(/geheim|other/);
    expect(all.stdout).not.toMatch(/whatsapp_api_key/);
  });

  test('a secret can come by stdin, and stays out of the process list', async () => {
    await addTenant('STDIN');
    const set = await run(['settings', 'set', 'STDIN', '--stdin', 'smtp_password'], { input: 'Geheim\n' });
    expect(set).toMatchObject({ code: 0, stdout: 'smtp_password: not set → set\n' });
  });

  test('all that is refused comes in one line', async () => {
    await addTenant('REFUSED');
    const result = await run(['settings', 'set', 'REFUSED', 'smtp_port=x', 'timezone=Mars', 'max_retries=1']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toBe(
      'error: smtp_port must be a whole number; timezone must be a time zone such as Africa/Johannesburg.\n',
    );
    const unknown = await run(['settings', 'set', 'REFUSED', 'smtp_prot=25']);
    expect(unknown.stderr).toMatch(
      /^error: There is no setting smtp_prot\. Known settings: email_enabled, .*\n$/,
    );
    expect(unknown.code).toBe(1);
  });
});

describe('exit codes', () => {
  test.each([
    [[]],
    [['frobnicate']],
    [['tenant']],
    [['tenant', 'frobnicate']],
    [['tenant', 'add']],
    [['tenant', 'add', 'A', 'B']],
    [['tenant', 'add', 'A', '--frobnicate']],
    [['key', 'revoke', 'A']],
    [['settings', 'set', 'A']],
    [['settings', 'set', 'A', 'smtp_port']],
    [['settings', 'set', 'A', '=x']],
    [['settings', 'set', 'A', 'locale=a', 'locale=b']],
    [['restore']],
  ])('%j is wrong usage: 2', async (args) => {
    const result = await run(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).not.toBe('');
  });

  test.each([
    [['tenant', 'add', 'not an id']],
    [['tenant', 'add', 'A', '--database-url', 'nonsense']],
    [['tenant', 'remove', 'NOBODY']],
    [['key', 'create', 'NOBODY']],
    [['key', 'list', 'NOBODY', '--json']],
    [['settings', 'get', 'NOBODY']],
    [['settings', 'get', 'NOBODY', 'frobnicate']],
    [['settings', 'get', 'SET', 'whatsapp_api_key']],
    [['restore', '/no/such/file']],
  ])('%j fails: 1, with one line why', async (args) => {
    const result = await run(args);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^error: [^\n]+\n$/);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  test.each([[['--help']], [['tenant', '--help']], [['settings', 'set', '--help']], [['--version']]])(
    '%j is no failure',
    async (args) => {
      expect(await run(args)).toMatchObject({ code: 0, stderr: '' });
    },
  );

  test('a variable that makes no sense is named', async () => {
    const result = await run(['tenant', 'list'], { env: { PORT: 'abc' } });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(
      /^error: PORT holds "abc"; it may hold a whole number from 0 to 65535.*\n$/,
    );
  });

  test('a database server that is away is one sentence', async () => {
    const result = await run(['tenant', 'list', '--json'], { env: { DB_HOST: '127.0.0.1', DB_PORT: '1' } });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toBe('error: No PostgreSQL answers at 127.0.0.1:1.\n');
  });

  test('a reader that has seen enough is no failure', async () => {
    const child = spawnCommand(['settings', 'get', 'ACC003'], { env: place.env });
    child.stdout!.destroy();
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(0);
  });
});

test('what the commands did is in the audit, without secrets', async () => {
  await addTenant('AUDITED');
  await run(['settings', 'set', 'AUDITED', 'smtp_password=Geheim']);
  const rows = (await query(
    place.system.url,
    `select actor, action, detail from audit_log where customer_id = 'AUDITED' order by id`,
  )) as { actor: string; action: string }[];
  expect(rows.map(({ action }) => action)).toEqual(['tenant.added', 'settings.changed']);
  expect(rows[0]!.actor).toMatch(/^command line/);
  expect(JSON.stringify(rows)).not.toContain('Geheim');
});

describe('the system database', () => {
  test('is made when it is not there', async () => {
    const name = `${place.system.name}_new`;
    const result = await run(['tenant', 'list', '--json'], { env: { DB_NAME: name } });
    try {
      expect(result).toMatchObject({ code: 0, stdout: '{"tenants":[]}\n' });
    } finally {
      await query(place.system.url, `drop database ${name}`);
    }
  });
});

describe('doctor', () => {
  interface Finding {
    name: string;
    status: string;
    message: string;
  }
  let ward: Place;
  beforeAll(async () => {
    ward = await createPlace();
  });
  afterAll(() => ward.stop());

  const examine = async (changes: NodeJS.ProcessEnv) => {
    const result = await ward.run(['doctor', '--json'], { env: changes });
    const { checks, ok } = result.json() as { checks: Finding[]; ok: boolean };
    const of = (name: string) => checks.find((check) => check.name === name);
    return { result, ok, of };
  };

  test('a healthy installation', async () => {
    await addTenantTo(ward, 'HEALTHY');
    const { result, ok, of } = await examine({ PORT: String(await findFreePort()), HOST: '127.0.0.1' });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(ok).toBe(true);
    for (const name of ['data folder', 'disk space', 'database', 'clock', 'secrets', 'port']) {
      expect(of(name), name).toMatchObject({ status: 'ok' });
    }
    expect(of('tenant HEALTHY')).toMatchObject({ status: 'ok' });
  });

  test('names everything that is amiss, and exits 1', async () => {
    await addTenantTo(ward, 'ILL');
    await ward.run([
      'settings',
      'set',
      'ILL',
      'use_customer_smtp=true',
      'smtp_host=127.0.0.1',
      'smtp_port=1',
    ]);
    const taken = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    try {
      const { result, ok, of } = await examine({
        PORT: String((taken.address() as AddressInfo).port),
        HOST: '127.0.0.1',
        SYSTEM_SMTP_HOST: '127.0.0.1',
        SYSTEM_SMTP_PORT: '1',
        PUPPETEER_EXECUTABLE_PATH: '/no/such/browser',
        TRUSTED_SOURCES: '0.0.0.0/0=*',
      });
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/^error: Problems found: .*port.*\n$/);
      expect(ok).toBe(false);
      for (const name of ['port', 'system mail', 'tenant ILL mail', 'browser']) {
        expect(of(name), name).toMatchObject({ status: 'fail' });
      }
      expect(of('trusted sources')).toMatchObject({ status: 'warn' });
      expect(of('database')).toMatchObject({ status: 'ok' });
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
  });

  test('without its database it still looks at the rest', async () => {
    const { result, of } = await examine({ DB_PORT: '1', PORT: '0' });
    expect(result.code).toBe(1);
    expect(of('database')).toMatchObject({
      status: 'fail',
      message: 'No PostgreSQL answers at 127.0.0.1:1.',
    });
    expect(of('data folder')).toMatchObject({ status: 'ok' });
    expect(of('port')).toMatchObject({ status: 'ok' });
  });
});

test('backup into a folder, restore elsewhere', async () => {
  const here = await createPlace();
  const elsewhere = await createPlace();
  try {
    const { database_url } = await addTenantTo(here, 'SAVED');
    await query(
      database_url,
      `insert into websocket_events (customer_id, event_type, event_data, status) values ('SAVED', 'x', '{}', 'completed')`,
    );
    const folder = join(here.dataDir, 'archives');
    const saved = await here.run(['backup', `${folder}/`, '--json']);
    expect(saved).toMatchObject({ code: 0, stderr: '' });
    const { file } = saved.json() as { file: string };
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([file]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await here.run(['backup', file])).toMatchObject({ code: 1, stdout: '' });
    expect(await here.run(['restore', file])).toMatchObject({ code: 1, stdout: '' });

    const restored = await elsewhere.run(['restore', file, '--json']);
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    const list = await elsewhere.run(['tenant', 'list', '--show-passwords', '--json']);
    const { tenants } = list.json() as { tenants: AddedTenant[] };
    expect(tenants.map(({ customer_id }) => customer_id)).toEqual(['SAVED']);
    expect(await query(tenants[0]!.database_url, 'select event_type, status from websocket_events')).toEqual([
      { event_type: 'x', status: 'completed' },
    ]);
  } finally {
    await elsewhere.stop();
    await here.stop();
  }
});

test('backup and restore end with 1 when the data of a tenant is missing, and do the others', async () => {
  const here = await createPlace();
  const elsewhere = await createPlace();
  const adopted = await createTestDatabase();
  try {
    await addTenantTo(here, 'THERE');
    await addTenantTo(here, 'AWAY', '--database-url', adopted.url);
    await adopted.stop();
    const saved = await here.run(['backup', '--json']);
    expect(saved.code).toBe(1);
    const { file, tenants } = saved.json() as { file: string; tenants: object[] };
    expect(tenants).toMatchObject([
      { customer_id: 'AWAY', saved: false },
      { customer_id: 'THERE', saved: true },
    ]);
    const restored = await elsewhere.run(['restore', file]);
    expect(restored.code).toBe(1);
    expect(restored.stdout).toMatch(/^Restored 2 tenants/);
    expect(restored.stdout).toMatch(/^AWAY: Its data is not in the backup/m);
  } finally {
    await elsewhere.stop();
    await here.stop();
  }
});

test('no database server of one’s own: the embedded one, in a folder that was not there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-embedded-'));
  const embedded = { env: { ...bareEnvironment(), GATEWAY_DATA_DIR: join(folder, 'data') } };
  try {
    const added = await runCommand(['tenant', 'add', 'EMBEDDED', '--json'], embedded);
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(added.json()).toMatchObject({ customer_id: 'EMBEDDED' });
    const list = await runCommand(['tenant', 'list'], embedded);
    expect(list.stdout).toMatch(/^EMBEDDED /m);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
