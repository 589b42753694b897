import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServerWatch, type ServerWatch } from '../../main/gateway/storage/server-watch';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

let testDatabase: TestDatabase;
const open: ServerWatch[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => {
  await Promise.all(open.map((watch) => watch.stop()));
  await testDatabase.stop();
});

function watchAs(instance: number, urls: readonly string[] = [testDatabase.url]): ServerWatch {
  const watch = createServerWatch({
    urls: () => urls,
    instance,
    logger: createMemoryLogger(),
    reserved: 1,
  });
  open.push(watch);
  return watch;
}

test('sees who is connected and what is written, without being asked to look', async () => {
  const watch = watchAs(77_001);
  await watch.ready();
  const figures = watch.figures();
  expect(figures?.total).toBeGreaterThan(50);
  expect(figures?.instances).toContain(77_001);
  await waitUntil(() => watch.activityOf(testDatabase.url)?.hasStrangers === false, {
    what: 'nobody else to be there',
  });
  const before = watch.activityOf(testDatabase.url);

  const client = new pg.Client({ connectionString: testDatabase.url });
  await client.connect();
  await client.query('create table seen (id integer)');
  await client.query('insert into seen values (1)');
  await waitUntil(() => watch.activityOf(testDatabase.url)?.hasStrangers === true, { what: 'the stranger' });
  await client.end();
  await waitUntil(() => watch.activityOf(testDatabase.url)?.hasStrangers === false, {
    what: 'it to be gone',
  });
  await waitUntil(() => watch.activityOf(testDatabase.url)?.writes !== before?.writes, {
    what: 'what it wrote',
  });
  expect(watch.activityOf(testDatabase.url.replace(testDatabase.name, 'no_such_database'))).toBeUndefined();
});

test('one of several leads, and another when it is gone', async () => {
  const [first, second] = [watchAs(77_002), watchAs(77_003)];
  await Promise.all(open.map((watch) => watch.ready()));
  const living = open.length;
  await waitUntil(() => open.every((watch) => watch.figures()?.sharing === living), {
    what: 'all to know how many share the database',
  });
  expect(open.filter((watch) => watch.leads())).toHaveLength(1);
  const leader = open.find((watch) => watch.leads());
  await leader?.stop();
  open.splice(open.indexOf(leader!), 1);
  await waitUntil(() => [first, second].some((watch) => watch !== leader && watch.leads()), {
    what: 'another to lead',
  });
});

test('says in words that no server lets it in', async () => {
  const nowhere = new URL(testDatabase.url);
  nowhere.port = '1';
  await expect(watchAs(77_004, [nowhere.href]).ready()).rejects.toThrow('No PostgreSQL answers at');
  // The next address serves as well.
  await watchAs(77_005, [nowhere.href, testDatabase.url]).ready();
});
