import { expect, test } from 'vitest';
import { createDatabase } from '../../main/gateway/storage/database';
import { createTestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

const logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

test('a connection that is lost between two statements of a transaction fails it, and nothing else', async () => {
  const testDatabase = await createTestDatabase();
  const database = createDatabase({
    url: testDatabase.url,
    logger,
    applicationName: 'lost',
    maxConnections: 2,
  });
  try {
    const lost = database.transaction(async (tx) => {
      const [own] = await tx.query<{ pid: number }>({ name: 'own', text: 'select pg_backend_pid() as pid' });
      const values = [own!.pid];
      await database.query({ name: 'end', text: 'select pg_terminate_backend($1)', values });
      // Gone, and told so, while nothing is being asked on it.
      const text = 'select 1 from pg_stat_activity where pid = $1';
      await waitUntil(async () => (await database.query({ name: 'left', text, values })).length === 0, {
        what: 'the connection to be gone',
      });
      await tx.query({ name: 'after', text: 'select 1' });
    });
    await expect(lost).rejects.toThrow();
    expect(await database.query({ name: 'next', text: 'select 1 as one' })).toEqual([{ one: 1 }]);
  } finally {
    await database.stop();
    await testDatabase.stop();
  }
});
