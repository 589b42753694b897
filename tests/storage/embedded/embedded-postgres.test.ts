import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  createEmbeddedPostgres,
  type EmbeddedPostgresAddress,
  type EmbeddedPostgresOptions,
} from '../../../main/gateway/storage/embedded/embedded-postgres';
import { ensureDatabase } from '../../../main/gateway/storage/ensure-database';
import { type BuiltScript, buildScript, type ScriptProcess, startScript } from '../../support/child-script';
import { createMemoryLogger } from '../../support/memory-logger';
import { waitUntil } from '../../support/wait-until';

const isRoot = process.getuid?.() === 0;

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A folder that nobody but this account can walk into: the server's account must manage. */
const makeFolder = () => mkdtemp(join(tmpdir(), 'embedded-postgres-'));

async function makeNewDataDir(): Promise<string> {
  const folder = await makeFolder();
  const dataDir = join(folder, 'data');
  endings.push(async () => {
    // A test that failed may have killed the holder: its server is taken over, to be stopped.
    if (await isRunning(dataDir)) {
      const postgres = createEmbeddedPostgres({ dataDir, logger: createMemoryLogger() });
      await postgres.start();
      await postgres.stop();
    }
    await rm(folder, { recursive: true, force: true });
  });
  return dataDir;
}

let prototype: string;

/** With a server that was made, stopped, and has no port yet: copying one takes less than making one. */
async function makeDataDir(): Promise<string> {
  const dataDir = await makeNewDataDir();
  if (process.platform === 'win32') return dataDir;
  await promisify(execFile)('cp', ['-a', join(prototype, 'data'), dataDir]);
  await rm(join(dataDir, 'port'));
  return dataDir;
}

beforeAll(async () => {
  prototype = await makeFolder();
  const postgres = createEmbeddedPostgres({
    dataDir: join(prototype, 'data'),
    logger: createMemoryLogger(),
    preferredPort: 0,
    maxConnections: 50,
  });
  await postgres.start();
  await postgres.stop();
});
afterAll(() => rm(prototype, { recursive: true, force: true }));

function createPostgres(dataDir: string, options: Partial<EmbeddedPostgresOptions> = {}) {
  const logger = createMemoryLogger();
  const postgres = createEmbeddedPostgres({
    dataDir,
    logger,
    preferredPort: 0,
    maxConnections: 50,
    ...options,
  });
  endings.push(() => postgres.stop());
  return Object.assign(postgres, { logger });
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const readPid = async (dataDir: string) =>
  Number((await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);

const isRunning = (dataDir: string) =>
  stat(join(dataDir, 'cluster', 'postmaster.pid')).then(
    () => true,
    () => false,
  );

describe('the server', () => {
  let folder: string;
  let dataDir: string;
  let first: ReturnType<typeof createEmbeddedPostgres>;
  let address: EmbeddedPostgresAddress;
  beforeAll(async () => {
    folder = await makeFolder();
    dataDir = join(folder, 'data');
    process.env['JWT_SECRET'] = 'a-secret-of-the-gateway';
    first = createEmbeddedPostgres({
      dataDir,
      logger: createMemoryLogger(),
      preferredPort: 0,
      maxConnections: 50,
    });
    address = await first.start();
    delete process.env['JWT_SECRET'];
  });
  afterAll(async () => {
    await first.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('is safe by its settings', async () => {
    expect(address).toMatchObject({ host: '127.0.0.1', reused: false });
    const [settings] = await query(
      address.adminUrl,
      `select current_setting('data_checksums') as checksums, current_setting('fsync') as fsync,
         current_setting('synchronous_commit') as synchronous_commit, current_setting('server_encoding') as encoding,
         current_setting('listen_addresses') as listens, current_setting('timezone') as zone,
         current_setting('max_connections') as connections, (select datcollate from pg_database
         where datname = current_database()) as collation, (select string_agg(distinct auth_method, ',')
         from pg_hba_file_rules) as authentication`,
    );
    expect(settings).toEqual({
      checksums: 'on',
      fsync: 'on',
      synchronous_commit: 'on',
      encoding: 'UTF8',
      listens: '127.0.0.1',
      zone: 'UTC',
      connections: '50',
      collation: 'C',
      authentication: 'scram-sha-256',
    });
    const wrongPassword = address.adminUrl.replace(/:[^:@/]+@/, ':wrong@');
    await expect(query(wrongPassword, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  test.skipIf(process.platform === 'win32')('keeps its files to its account', async () => {
    expect((await stat(join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'postgres.log'))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o077).toBe(0);
    expect((await stat(join(dataDir, 'cluster'))).mode & 0o077).toBe(0);
  });

  test('lets a tenant’s role into the tenant’s database only', async () => {
    const { adminUrl } = address;
    const { url } = await ensureDatabase({ adminUrl, databaseName: 'tenant', role: 'tenant', password: 'x' });
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    for (const name of ['postgres', 'template1']) {
      const other = new URL(url);
      other.pathname = `/${name}`;
      await expect(query(other.href, 'select 1')).rejects.toThrow(/permission denied for database/);
    }
  });

  test.runIf(process.platform === 'linux')('knows nothing of the gateway’s environment', async () => {
    const environment = await readFile(`/proc/${await readPid(dataDir)}/environ`, 'utf8');
    expect(environment).toContain('TZ=UTC');
    expect(environment).not.toContain('a-secret-of-the-gateway');
  });

  test.runIf(isRoot)('runs as somebody else when the gateway is root', async () => {
    const status = await readFile(`/proc/${await readPid(dataDir)}/status`, 'utf8');
    const uids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/);
    expect(new Set(uids).size).toBe(1);
    expect(uids).not.toContain('0');
  });

  test('writes nothing of what customers are sent to its log', async () => {
    await query(address.adminUrl, `create table mails (body text check (body not like 'payslip%'))`);
    await expect(
      query(address.adminUrl, `insert into mails values ('payslip of Mrs Nkosi')`),
    ).rejects.toThrow();
    const text = await readFile(join(dataDir, 'postgres.log'), 'utf8');
    expect(text).toContain('violates check constraint');
    expect(text).not.toContain('Nkosi');
  });
});

describe('one process', () => {
  test('stops the server in order and finds its data, port and password again', async () => {
    const dataDir = await makeDataDir();
    const first = createPostgres(dataDir);
    const address = await first.start();
    await query(address.adminUrl, 'create table kept as select 42 as answer');
    await first.stop();
    expect(await isRunning(dataDir)).toBe(false);
    await expect(query(address.adminUrl, 'select 1')).rejects.toThrow(/ECONNREFUSED/);

    const again = await createPostgres(dataDir).start();
    expect(again).toEqual(address);
    expect(await query(again.adminUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('moves to another port, and says so, when somebody has taken its own', async () => {
    const dataDir = await makeDataDir();
    const first = createPostgres(dataDir);
    const { port } = await first.start();
    await first.stop();
    const intruder = createServer().listen(port, '127.0.0.1');
    await once(intruder, 'listening');
    endings.push(() => once(intruder.close(), 'close'));
    const second = createPostgres(dataDir);
    const moved = await second.start();
    expect(moved.port).not.toBe(port);
    expect(second.logger.lines).toContainEqual({
      level: 'warn',
      event: 'embedded_database.port_moved',
      message: expect.any(String) as string,
      fields: { port, new_port: moved.port },
    });
  });

  test('looks for its first port upwards from the preferred one', async () => {
    const dataDir = await makeDataDir();
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    endings.push(() => once(blocker.close(), 'close'));
    const preferredPort = (blocker.address() as { port: number }).port;
    const { port } = await createPostgres(dataDir, { preferredPort }).start();
    expect(port).toBeGreaterThan(preferredPort);
    expect(port).toBeLessThan(preferredPort + 100);
  });

  test('starts over what a power cut left behind: a lock file whose process id is another program’s now', async () => {
    const dataDir = await makeDataDir();
    const first = createPostgres(dataDir);
    const { adminUrl } = await first.start();
    await query(adminUrl, 'create table kept as select 1 as one');
    const lockFile = join(dataDir, 'cluster', 'postmaster.pid');
    const lock = await readFile(lockFile, 'utf8');
    await first.stop();
    const owner = await stat(join(dataDir, 'cluster'));
    // PostgreSQL by itself refuses to start when the process id belongs to a program of the same account.
    const stranger = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid, stdio: 'ignore' });
    endings.push(async () => {
      const ended = once(stranger, 'close');
      stranger.kill();
      await ended;
    });
    await writeFile(lockFile, lock.replace(/^\d+/, String(stranger.pid)));
    await chown(lockFile, owner.uid, owner.gid);
    const again = await createPostgres(dataDir).start();
    expect(again.reused).toBe(false);
    expect(await query(again.adminUrl, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  test('brings a server back that was killed, on its port and with all that was committed', async () => {
    const dataDir = await makeDataDir();
    const postgres = createPostgres(dataDir);
    const { adminUrl } = await postgres.start();
    await query(adminUrl, 'create table kept as select generate_series(1, 1000) as n');
    process.kill(await readPid(dataDir), 'SIGKILL');
    await waitUntil(
      () => postgres.logger.lines.some((line) => line.event === 'embedded_database.recovered'),
      {
        what: 'the server to come back',
      },
    );
    expect(await query(adminUrl, 'select count(*)::integer as rows from kept')).toEqual([{ rows: 1000 }]);
    await postgres.stop();
    expect(await isRunning(dataDir)).toBe(false);
  });

  test('keeps its log within bounds', async () => {
    const dataDir = await makeDataDir();
    const first = createPostgres(dataDir);
    await first.start();
    const log = join(dataDir, 'postgres.log');
    // As large as months of trouble would make it, while the server has it open.
    await truncate(log, 11 * 1024 * 1024);
    const second = createPostgres(dataDir);
    const { adminUrl } = await second.start();
    expect((await stat(`${log}.1`)).size).toBe(11 * 1024 * 1024);
    await query(adminUrl, `do $$ begin raise warning 'noted after the cut'; end $$`);
    const text = await readFile(log, 'utf8');
    expect(text).toContain('noted after the cut');
    expect(text.length).toBeLessThan(10_000);
  });

  test('says what is wrong when it cannot start', async () => {
    const dataDir = await makeDataDir();
    const broken = createPostgres(dataDir, { settings: { shared_buffers: 'plenty' } });
    await expect(broken.start()).rejects.toThrow(/does not come up.*postgres\.log/);
    expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).toContain('invalid value for parameter');
    await writeFile(join(dataDir, 'cluster', 'PG_VERSION'), '9\n');
    await expect(createPostgres(dataDir).start()).rejects.toThrow(/was made by PostgreSQL 9, and this is 18/);
  });

  test('makes it anew after an initdb that was killed, and clears that away', async () => {
    const dataDir = await makeNewDataDir();
    for (const name of ['cluster.00112233', 'cluster.44556677']) {
      await mkdir(join(dataDir, name), { recursive: true });
      await writeFile(join(dataDir, name, 'PG_VERSION'), '18\n');
    }
    // The other is of a moment ago: another process may be at it.
    await utimes(join(dataDir, 'cluster.00112233'), new Date(0), new Date(0));
    expect(await createPostgres(dataDir).start()).toMatchObject({ reused: false });
    const left = (await readdir(dataDir)).filter((name) => name.startsWith('cluster'));
    expect(left.sort()).toEqual(['cluster', 'cluster.44556677']);
  });

  test('may be stopped before it was up', async () => {
    const dataDir = await makeNewDataDir();
    const postgres = createPostgres(dataDir);
    const start = postgres.start();
    await postgres.stop();
    await expect(start).rejects.toThrow(/stopped before/);
    expect(await isRunning(dataDir)).toBe(false);
  });
});

describe('several processes', () => {
  test('make it together', async () => {
    const dataDir = await makeNewDataDir();
    const all = [1, 2, 3].map(() => createPostgres(dataDir));
    const addresses = await Promise.all(all.map((postgres) => postgres.start()));
    expect(new Set(addresses.map(({ adminUrl }) => adminUrl)).size).toBe(1);
    expect(addresses.filter(({ reused }) => !reused)).toHaveLength(1);
    expect((await readdir(dataDir)).sort()).toEqual(['cluster', 'password', 'port', 'postgres.log']);
    await Promise.all(all.map((postgres) => postgres.stop()));
    expect(await isRunning(dataDir)).toBe(false);
  });

  let script: BuiltScript;
  beforeAll(async () => {
    script = await buildScript('tests/storage/embedded/hold-postgres.ts');
  });
  afterAll(() => script.stop());

  function startHolder(dataDir: string, options = {}): ScriptProcess {
    const holder = startScript(script.path, ['hold', dataDir], options);
    endings.push(() => holder.end('SIGKILL'));
    return holder;
  }
  const addressOf = async (holder: ScriptProcess) =>
    JSON.parse((await holder.waitForLine('held')).slice('held '.length)) as EmbeddedPostgresAddress;

  /** The server notices the end of a killed process a moment later. */
  const waitForHolders = (adminUrl: string, count: number) =>
    waitUntil(
      async () => {
        const named = `application_name like 'modular-gateway holder %'`;
        return (await query(adminUrl, `select 1 from pg_stat_activity where ${named}`)).length === count;
      },
      { what: `${count} holders of the server` },
    );

  test('share the server; the one that started it leaves without stopping it, the last one stops it', async () => {
    const dataDir = await makeDataDir();
    const command = startHolder(dataDir);
    const { reused, ...address } = await addressOf(command);
    expect(reused).toBe(false);
    const gateway = startHolder(dataDir);
    expect(await addressOf(gateway)).toEqual({ ...address, reused: true });
    const session = new pg.Client(address.adminUrl);
    await session.connect();

    command.send('stop');
    expect(await command.end()).toBe(0);
    expect((await session.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await session.end();

    gateway.send('stop');
    expect(await gateway.end()).toBe(0);
    expect(await isRunning(dataDir)).toBe(false);
  });

  test('reuse the server that a killed one left behind, and stop it when they leave', async () => {
    const dataDir = await makeDataDir();
    const killed = startHolder(dataDir);
    const { adminUrl } = await addressOf(killed);
    await query(adminUrl, 'create table kept as select 7 as n');
    const serverPid = await readPid(dataDir);
    await killed.end('SIGKILL');

    const next = createPostgres(dataDir);
    expect(await next.start()).toMatchObject({ adminUrl, reused: true });
    expect(await readPid(dataDir)).toBe(serverPid);
    expect(await query(adminUrl, 'select n from kept')).toEqual([{ n: 7 }]);
    await waitForHolders(adminUrl, 1);
    await next.stop();
    expect(await isRunning(dataDir)).toBe(false);
  });

  test('do not count one that was killed', async () => {
    const dataDir = await makeDataDir();
    const staying = createPostgres(dataDir);
    const { adminUrl } = await staying.start();
    const killed = startHolder(dataDir);
    await addressOf(killed);
    await killed.end('SIGKILL');
    await waitForHolders(adminUrl, 1);
    await staying.stop();
    expect(await isRunning(dataDir)).toBe(false);
  });

  test.skipIf(process.platform === 'win32')(
    'a Ctrl-C for the gateway’s group is not the server’s',
    async () => {
      const dataDir = await makeDataDir();
      const holder = startHolder(dataDir, { detached: true });
      const { adminUrl } = await addressOf(holder);
      const serverPid = await readPid(dataDir);
      process.kill(-(holder.child.pid ?? 0), 'SIGINT');
      await holder.waitForLine('interrupted');
      expect(await query(adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(await readPid(dataDir)).toBe(serverPid);
    },
  );

  test('coming and going at once never take the server from one another', async () => {
    const dataDir = await makeDataDir();
    const before = createPostgres(dataDir);
    const address = await before.start();
    await query(address.adminUrl, 'create table rounds (pid integer)');
    await before.stop();
    const rounds = 8;
    const processes = Array.from({ length: 4 }, () =>
      startScript(script.path, ['cycle', dataDir, String(rounds)]),
    );
    const codes = await Promise.all(processes.map((running) => running.end()));
    expect(processes.map((running) => running.errors())).toEqual(processes.map(() => ''));
    expect(codes).toEqual(processes.map(() => 0));
    expect(await isRunning(dataDir)).toBe(false);
    // The port is what everybody's connections depend on.
    expect(await createPostgres(dataDir).start()).toEqual(address);
    expect(
      await query(address.adminUrl, 'select pid, count(*)::integer as rounds from rounds group by pid'),
    ).toEqual(expect.arrayContaining(processes.map(({ child }) => ({ pid: child.pid, rounds }))));
  });
});
