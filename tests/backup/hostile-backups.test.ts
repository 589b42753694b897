import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { passwordSetting } from '../../main/gateway/auth/console-login';
import {
  createArchiveWriter,
  readArchive,
  type ArchiveEntry,
} from '../../main/gateway/backup/archive-writer';
import { createBackup } from '../../main/gateway/backup/create-backup';
import { restoreBackup } from '../../main/gateway/backup/restore-backup';
import { GatewayError } from '../../main/gateway/errors';
import { createFileSecretStore, secretKeyFile } from '../../main/gateway/secrets/secret-store';
import type { Database } from '../../main/gateway/storage/database';
import { keepGatewaySetting, readGatewaySetting } from '../../main/gateway/storage/gateway-settings-store';
import { openSystemDatabase } from '../../main/gateway/storage/system-database';
import { createTenantRegistry } from '../../main/gateway/tenants/tenant-registry';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

/** What somebody makes of a backup before an operator restores it. */

const logger = createMemoryLogger();
const databases = { kind: 'server' as const, adminUrl: () => inject('postgresAdminUrl') };

interface Place {
  readonly dataDir: string;
  readonly database: TestDatabase;
  readonly system: Database;
}

async function createPlace(): Promise<Place> {
  const database = await createTestDatabase();
  return {
    dataDir: mkdtempSync(join(tmpdir(), 'gateway-hostile-')),
    database,
    system: await openSystemDatabase({ url: database.url, logger }),
  };
}

function registryOf({ dataDir, system }: Place) {
  return createTenantRegistry({ system, databases, secrets: createFileSecretStore({ dataDir }), logger });
}

async function removePlace(place: Place): Promise<void> {
  for (const { customerId } of await registryOf(place).list()) {
    await registryOf(place).remove(customerId, { dropDatabase: true });
  }
  await place.system.stop();
  await place.database.stop();
  rmSync(place.dataDir, { recursive: true, force: true });
}

function restore(place: Place, file: string) {
  const { dataDir, system } = place;
  return restoreBackup({
    system,
    databases,
    registry: registryOf(place),
    openSecrets: () => createFileSecretStore({ dataDir }),
    dataDir,
    logger,
    file,
    force: false,
  });
}

let source: Place;
let target: Place;
let folder: string;
let honest: ArchiveEntry[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-hostile-files-'));
  [source, target] = await Promise.all([createPlace(), createPlace()]);
  await registryOf(source).add({ customerId: 'OWN', name: 'Own database' });
  await keepGatewaySetting(source.system, passwordSetting, 'theirs');
  const file = join(folder, 'honest.tar.gz');
  const secrets = createFileSecretStore({ dataDir: source.dataDir });
  const { dataDir, system } = source;
  await createBackup({ system, databases, secrets, dataDir, logger, file, withSecrets: true });
  honest = [];
  for await (const entry of readArchive(file)) honest.push(entry);
});
afterAll(async () => {
  await Promise.all([removePlace(source), removePlace(target)]);
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  // Reading the registry makes a key of the folder's own.
  for (const name of readdirSync(target.dataDir)) rmSync(join(target.dataDir, name), { recursive: true });
});

type Json = Record<string, unknown>;
type Change = (entries: ArchiveEntry[]) => ArchiveEntry[];

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** The manifest and its only tenant, changed. */
function changingManifest(change: (manifest: Json, tenant: Json) => unknown): Change {
  return ([first, ...rest]) => {
    const manifest = JSON.parse(first!.content.toString()) as Json;
    const [tenant] = manifest['tenants'] as [Json];
    const changed = change(manifest, tenant) ?? manifest;
    return [{ name: first!.name, content: json(changed) }, ...rest];
  };
}

const withId = (customerId: unknown) =>
  changingManifest((_manifest, tenant) => void Object.assign(tenant, { customerId }));
const withTenant = (fields: Json) =>
  changingManifest((_manifest, tenant) => void Object.assign(tenant, fields));

/** One more entry, counted at the end as an honest backup counts it. */
function adding(entry: ArchiveEntry, at: number): Change {
  return (entries) => {
    const more = entries.toSpliced(at < 0 ? entries.length + at : at, 0, entry);
    const end = more.at(-1)!;
    const counted = { ...(JSON.parse(end.content.toString()) as Json), entries: more.length - 1 };
    return [...more.slice(0, -1), { name: end.name, content: json(counted) }];
  };
}

function replacing(name: RegExp, content: Buffer): Change {
  return (entries) => entries.map((entry) => (name.test(entry.name) ? { ...entry, content } : entry));
}

async function craft(name: string, change: Change): Promise<string> {
  const file = join(folder, `${name.replaceAll(/[^a-z]/gi, '-')}.tar.gz`);
  const writer = await createArchiveWriter(file);
  for (const { name: entryName, content } of change([...honest])) await writer.add(entryName, content);
  await writer.finish();
  return file;
}

const crafted: readonly (readonly [what: string, change: Change])[] = [
  ['an id that climbs out of its folder', withId('../../x')],
  ['an id with control characters', withId('A\u001b[2J')],
  ['an id with a line break', withId('A\nB')],
  ['an id of 10,000 characters', withId('A'.repeat(10_000))],
  ['an id that is no text', withId({ toString: 'x' })],
  ['a name that colours the terminal', withTenant({ name: '\u001b[31mred' })],
  ['a name without end', withTenant({ name: 'x'.repeat(1_000_000) })],
  [
    'the same tenant twice',
    changingManifest((manifest, tenant) => ({ ...manifest, tenants: [tenant, tenant] })),
  ],
  [
    'more tenants than anybody has',
    changingManifest((manifest, tenant) => ({
      ...manifest,
      tenants: Array.from({ length: 10_001 }, (_, at) => ({ ...tenant, customerId: `T${at}` })),
    })),
  ],
  ['another format', changingManifest((manifest) => ({ ...manifest, format: 99 }))],
  ['a manifest of nesting', replacing(/^manifest/, Buffer.from('['.repeat(100_000)))],
  [
    'a database address in plain text',
    withTenant({ isOwn: false, databaseUrl: 'postgres://postgres@127.0.0.1/postgres' }),
  ],
  [
    "the administrator's database by its name",
    withTenant({ isOwn: false, databaseUrl: null, databaseName: 'postgres' }),
  ],
  ['a key that is none', replacing(/^secret\.key$/, Buffer.from('#!/bin/sh\n'))],
  ['a key of 1 MB', replacing(/^secret\.key$/, Buffer.alloc(1_000_000, 'A'))],
  [
    'a file for somewhere else',
    adding({ name: 'system/../../../etc/cron.d/x', content: Buffer.from('x') }, -1),
  ],
  ['an absolute path', adding({ name: '/etc/passwd', content: Buffer.from('x') }, -1)],
  [
    'a file of a tenant that is not in it',
    adding({ name: 'tenants/OTHER/sequences.json', content: json({}) }, 3),
  ],
  [
    'rows for a table of PostgreSQL',
    adding(
      {
        name: 'system/pg_authid.000001.ndjson',
        content: Buffer.from('{"table":"pg_authid","columns":["rolname"],"rows":1}\n["x"]\n'),
      },
      -1,
    ),
  ],
  [
    'rows with a column that is SQL',
    adding(
      {
        name: 'system/gateway_settings.000009.ndjson',
        content: Buffer.from(
          `${JSON.stringify({ table: 'gateway_settings', columns: ['name") select pg_sleep(9); --'], rows: 1 })}\n["x"]\n`,
        ),
      },
      -1,
    ),
  ],
  [
    'something after the end',
    (entries) => [...entries, { name: 'system/x.000001.ndjson', content: json([]) }],
  ],
  ['no end', (entries) => entries.slice(0, -1)],
];

describe('is refused in words, and nothing is left of it', () => {
  test.each(crafted)('%s', async (what, change) => {
    const file = await craft(what, change);
    createFileSecretStore(target).encrypt('makes the key');
    const key = readFileSync(secretKeyFile(target.dataDir), 'utf8');
    const files = readdirSync(target.dataDir);
    const thrown: unknown = await restore(target, file).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    // What is printed stays on its line, whatever the file said.
    expect((thrown as Error).message).not.toMatch(/[\u0000-\u001f\u007f]/);
    expect((thrown as Error).message.length).toBeLessThan(600);
    if (thrown instanceof GatewayError) expect(thrown.code).toMatch(/^(backup|restore)_/);
    rmSync(file);

    expect(await registryOf(target).list()).toEqual([]);
    expect(readFileSync(secretKeyFile(target.dataDir), 'utf8')).toBe(key);
    expect(readdirSync(target.dataDir)).toEqual(files);
  });
});

test('a small file that unpacks to gigabytes is given up before it fills the memory', async () => {
  const file = join(folder, 'bomb.tar.gz');
  const writer = await createArchiveWriter(file);
  for (const { name, content } of honest.slice(0, 2)) await writer.add(name, content);
  const nothing = Buffer.alloc(100 * 1024 * 1024);
  for (let part = 1; part <= 5; part += 1) {
    await writer.add(`tenants/OWN/websocket_events.00000${part}.ndjson`, nothing);
  }
  expect(await writer.finish()).toBeLessThan(1024 * 1024);
  const before = process.memoryUsage().rss;
  await expect(restore(target, file)).rejects.toThrow(/grows without end/);
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
});

test('an honest one comes back, and who signs in here stays', async () => {
  await keepGatewaySetting(target.system, passwordSetting, 'ours');
  const summary = await restore(target, await craft('honest again', (entries) => entries));
  expect(summary.tenants).toMatchObject([{ customerId: 'OWN', isMissing: false }]);
  expect(await readGatewaySetting(target.system, passwordSetting)).toBe('ours');
});
