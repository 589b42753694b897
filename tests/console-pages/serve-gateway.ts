import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { builtCli } from '../support/built-cli';
import { findFreePort } from '../support/find-free-port';
import { waitUntil } from '../support/wait-until';

/** A gateway as somebody starts it who has just installed it, in a process of its own: it can restart. */
export interface ServedGateway {
  /** the link it printed, which signs in once */
  readonly consoleLink: string;
  readonly dataDir: string;
  /** all that it wrote to its console so far */
  printed(): string;
  /** Ends it in order, and removes all that it was made with. */
  stop(): Promise<void>;
}

export async function serveGateway(options: {
  /** of its system database; of letters and underscores */
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<ServedGateway> {
  const systemName = `gateway_${options.name}_${process.pid}`;
  const dataDir = await mkdtemp(join(tmpdir(), `modular-gateway-${options.name}-`));
  // As if the port had been saved before: 3001 may be taken on a machine that runs tests.
  const port = String(await findFreePort());
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ values: { PORT: port } }));
  const admin = new URL(inject('postgresAdminUrl'));
  const child = spawn(process.execPath, [builtCli(), 'serve'], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: dataDir,
      HOST: '127.0.0.1',
      GATEWAY_DATA_DIR: dataDir,
      DB_HOST: admin.hostname,
      DB_PORT: admin.port,
      DB_USER: decodeURIComponent(admin.username),
      DB_PASSWORD: decodeURIComponent(admin.password),
      DB_NAME: systemName,
      ...options.env,
    },
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const stop = async () => {
    if (child.exitCode === null) {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    }
    await dropDatabases(systemName);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const consoleLink = await waitUntil(() => /^console: (\S+)$/m.exec(printed)?.[1], {
      what: 'the address of the console',
    });
    return { consoleLink, dataDir, printed: () => printed, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function dropDatabases(systemName: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresAdminUrl') });
  await client.connect();
  const system = new pg.Client({
    connectionString: inject('postgresAdminUrl').replace(/\/[^/]*$/, `/${systemName}`),
  });
  try {
    await system.connect();
    const { rows } = await system.query<{ database_url: string }>('select database_url from tenants');
    await system.end();
    for (const { database_url: url } of rows) {
      const name = new URL(url).pathname.slice(1);
      await client.query(`drop database if exists "${name}" with (force)`);
    }
  } catch {
    // Never made, or kept another way: the server of this run goes with its folder.
  }
  await client.query(`drop database if exists ${systemName} with (force)`);
  await client.end();
}
