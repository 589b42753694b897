import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { seedRows, seedTables, type SeedVariant } from './seed-tables';

export interface TestDatabase {
  /** of the server's superuser */
  readonly url: string;
  readonly name: string;
  /** Drops it, whoever is still connected. */
  stop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** `none` (the default) is empty */
  readonly seed?: 'none' | SeedVariant;
  /** rows in the seed's tables; on unless told otherwise */
  readonly rows?: boolean;
}

async function runSql(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A database of the test's own on the run's server. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const adminUrl = inject('postgresAdminUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runSql(adminUrl, `create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const stop = () => runSql(adminUrl, `drop database if exists ${name} with (force)`);
  try {
    const { seed = 'none', rows = true } = options;
    if (seed !== 'none') await runSql(url.href, seedTables(seed), ...(rows ? [seedRows(seed)] : []));
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { url: url.href, name, stop };
}
