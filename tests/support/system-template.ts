import pg from 'pg';
import { withDatabaseName } from '../../main/gateway/storage/connection-trouble';
import { openSystemDatabase } from '../../main/gateway/storage/system-database';
import { createMemoryLogger } from './memory-logger';

const templateName = 'system_template';

async function query(adminUrl: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/**
 * Migrates a system database, once a run, for every gateway of the tests to start with a copy. Tenants' databases
 * are made by the product: with a role of their own, a copy took as long as migrating.
 */
export async function makeSystemTemplate(adminUrl: string): Promise<void> {
  const database = await openSystemDatabase({
    url: withDatabaseName(adminUrl, templateName),
    logger: createMemoryLogger(),
  });
  await database.stop();
  // Nobody, autovacuum included, may be in a database that is being copied.
  await query(adminUrl, `alter database ${templateName} with allow_connections false is_template true`);
}

/** @param adminUrl of the server of this run */
export async function copySystemTemplate(adminUrl: string, name: string): Promise<void> {
  await query(adminUrl, `create database ${name} template ${templateName}`);
  await query(adminUrl, `revoke all on database ${name} from public`);
}
