import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { createEmbeddedPostgres } from '../../main/gateway/storage/embedded-postgres';
import { errorText } from '../../main/gateway/errors';
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

async function newestChangeMs(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const below = await Promise.all((await readdir(path)).map((name) => newestChangeMs(join(path, name))));
  return Math.max(found.mtimeMs, ...below);
}

/** Tests of the command line run what ships: dist is built when a source is newer. Returns the failure. */
async function buildWhatIsStale(): Promise<string | undefined> {
  if (!existsSync('main/cli.ts')) return 'there is no main/cli.ts to build';
  const sources = ['main', 'preload', 'renderer', 'vite.config.ts', 'package.json'];
  const newest = Math.max(...(await Promise.all(sources.map(newestChangeMs))));
  const built = await stat('dist/main/cli.js').catch(() => undefined);
  if (built && built.mtimeMs > newest) return undefined;
  try {
    await promisify(execFile)('npm', ['run', 'build'], { shell: process.platform === 'win32' });
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
