import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { errorText } from '../../main/gateway/errors';
import { createEmbeddedPostgres } from '../../main/gateway/storage/embedded/embedded-postgres';
import { buildWhenStale } from '../../scripts/build-when-stale.mjs';
import { listMissingPrograms } from './install-test-programs';
import { isCi } from './is-ci';
import { createMemoryLogger } from './memory-logger';
import { makeSystemTemplate } from './system-template';

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

interface TestRun {
  readonly postgresAdminUrl: string;
  readonly buildFailure: string | undefined;
  stop(): Promise<void>;
}

async function startTestRun(): Promise<TestRun> {
  await removeLeftovers();
  const buildFailure = await buildWhatIsStale();
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const server = createTestServer(folder);
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { adminUrl } = await server.start();
    await makeSystemTemplate(adminUrl);
    return { postgresAdminUrl: adminUrl, buildFailure, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Vitest loads this file again for each project; what they share is kept where all of them find it. */
const shared = globalThis as { testRun?: { readonly started: Promise<TestRun>; users: number } };

/** Without what they need, tests are skipped: by a person at home, never where nobody would notice. */
async function checkPrograms(tier: string): Promise<void> {
  const missing = listMissingPrograms(tier).map(
    ({ packageName, neededFor }) => `${packageName} (${neededFor})`,
  );
  if (tier === 'electron' && missing.length === 0 && isCi) {
    const { findElectron } = await import('../electron/electron-runtime');
    const { reason } = await findElectron();
    if (reason !== undefined) missing.push(reason);
  }
  if (missing.length === 0) return;
  const sentence = `Missing for the tests of the tier ${tier}: ${missing.join(', ')}.`;
  if (isCi) throw new Error(`${sentence} npm run test:setup installs what it may.`);
  console.warn(`${sentence} They are skipped. npm run test:setup installs what it may.`);
}

/** Called once for each tier that runs. One PostgreSQL serves them all; each test file makes its own databases. */
export default async function setUpTier(project: TestProject): Promise<() => Promise<void>> {
  await checkPrograms(project.name);
  const run = (shared.testRun ??= { started: startTestRun(), users: 0 });
  run.users += 1;
  const started = await run.started;
  project.provide('postgresAdminUrl', started.postgresAdminUrl);
  project.provide('buildFailure', started.buildFailure);
  return async () => {
    run.users -= 1;
    if (run.users > 0) return;
    delete shared.testRun;
    await started.stop();
  };
}
