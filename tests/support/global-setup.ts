import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { errorText } from '../../main/gateway/errors';
import { createEmbeddedPostgres } from '../../main/gateway/storage/embedded/embedded-postgres';
import { buildWhenStale } from '../../scripts/build-when-stale.mjs';
import { installTestPrograms } from './install-test-programs';
import { createMemoryLogger } from './memory-logger';

declare module 'vitest' {
  export interface ProvidedContext {
    /** the superuser's address of the PostgreSQL server of this test run */
    readonly postgresAdminUrl: string;
    /** what `npm run build` printed when it failed; tests that run dist throw it, the others need not care */
    readonly buildFailure: string | undefined;
  }
}

const folderPrefix = 'modular-gateway-tests-';

function createTestServer(dataDir: string) {
  return createEmbeddedPostgres({
    dataDir,
    logger: createMemoryLogger(),
    preferredPort: 0,
    maxConnections: 400,
    // Speed instead of safety: this server lives for one run.
    settings: { fsync: 'off', full_page_writes: 'off', max_wal_size: '512MB' },
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A run that was killed leaves its server behind; the folder's name says whose it was. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(folderPrefix)) continue;
    const pid = Number(name.slice(folderPrefix.length).split('-')[0]);
    if (isAlive(pid)) continue;
    const folder = join(tmpdir(), name);
    const server = createTestServer(folder);
    try {
      await server.start();
    } catch {
      // Its server is gone already, or it is another account's.
    }
    await server.stop();
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Tests of the command line run what ships: dist is built when a source is newer. Returns the failure. */
async function buildWhatIsStale(): Promise<string | undefined> {
  try {
    await buildWhenStale();
    return undefined;
  } catch (thrown) {
    return errorText(thrown);
  }
}

/** One PostgreSQL for the whole run; each test file makes databases of its own on it. */
export default async function setUpTestRun(project: TestProject): Promise<() => Promise<void>> {
  installTestPrograms();
  await removeLeftovers();
  project.provide('buildFailure', await buildWhatIsStale());
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const server = createTestServer(folder);
  try {
    const { adminUrl } = await server.start();
    project.provide('postgresAdminUrl', adminUrl);
  } catch (thrown) {
    await server.stop();
    throw thrown;
  }
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
