import { createInterface } from 'node:readline';
import pg from 'pg';
import type { Logger } from '../../../main/gateway/observability/logger';
import { createEmbeddedPostgres } from '../../../main/gateway/storage/embedded/embedded-postgres';

/**
 * A process that uses an embedded PostgreSQL: `hold DATA_DIR` holds it until a line comes in,
 * `cycle DATA_DIR TIMES` starts it, adds to the table `rounds` and lets go of it, again and again, as commands do.
 */
const [mode = '', dataDir = '', times = '1'] = process.argv.slice(2);

const write = (line: string) => process.stdout.write(`${line}\n`);
const log = (event: string, message: string, fields?: object) =>
  process.stderr.write(`${event} ${message} ${JSON.stringify(fields ?? {})}\n`);
const logger: Logger = { error: log, warn: log, info: log, debug: () => undefined };

const createPostgres = () =>
  createEmbeddedPostgres({ dataDir, logger, preferredPort: 0, maxConnections: 50 });

async function hold(): Promise<void> {
  // A Ctrl-C meant for a gateway; this one ends by its line.
  process.on('SIGINT', () => write('interrupted'));
  const postgres = createPostgres();
  write(`held ${JSON.stringify(await postgres.start())}`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'stop') break;
  }
  await postgres.stop();
  write('stopped');
}

async function cycle(): Promise<void> {
  for (let round = 0; round < Number(times); round += 1) {
    const postgres = createPostgres();
    const { adminUrl } = await postgres.start();
    const client = new pg.Client(adminUrl);
    await client.connect();
    await client.query('insert into rounds (pid) values ($1)', [process.pid]);
    await client.end();
    await postgres.stop();
  }
  write('done');
}

await (mode === 'cycle' ? cycle() : hold());
process.exit(0);
