import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readlink, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import * as nodePath from 'node:path';
import { ConfigurationError, errorCode, errorText } from '../errors';
import { runWindowsProgram } from './run-windows-program';

interface AliasOptions {
  /** a folder of this account alone, where the place of the aliases is remembered */
  readonly memoFolder: string;
  readonly platform?: NodeJS.Platform;
  readonly env?: NodeJS.ProcessEnv;
  /** leaves a folder to this account and the system alone */
  readonly closeFolder?: (folder: string) => Promise<void>;
}

const memoName = 'ascii-folder';
const icaclsTimeoutMs = 15_000;

export const isAscii = (path: string): boolean => /^[\x00-\x7f]*$/.test(path);

/**
 * A way to a folder in plain letters, for programs that take paths in the code page of the system: a user called Zoë
 * is enough for PostgreSQL to fail on. On Windows a directory junction, which needs no administrator; elsewhere, and
 * where the path is plain already, the path itself.
 *
 * Junctions lie in a folder that is made for them under a name nobody can guess and closed to other accounts before
 * there is one in it: whoever could turn a junction would choose which programs are run.
 * @throws ConfigurationError where none can be made
 */
export async function aliasInAscii(path: string, options: AliasOptions): Promise<string> {
  const { platform = process.platform } = options;
  if (platform !== 'win32' || isAscii(path)) return path;
  try {
    const memo = nodePath.join(options.memoFolder, memoName);
    const remembered = await readFile(memo, 'utf8').catch(() => undefined);
    if (remembered !== undefined) {
      const link = await linkIn(remembered.trim(), path).catch(() => undefined);
      if (link !== undefined) return link;
      // Somebody tidied up.
      await rm(memo, { force: true });
    }
    const made = await makeFolder(options);
    await mkdir(options.memoFolder, { recursive: true, mode: 0o700 });
    await writeFile(memo, `${made}\n`, { mode: 0o600, flag: 'wx' }).catch((thrown: unknown) => {
      // Another process was faster; both ways lead to the same place.
      if (errorCode(thrown) !== 'EEXIST') throw thrown;
    });
    return await linkIn(made, path);
  } catch (thrown) {
    throw new ConfigurationError(
      `PostgreSQL cannot work in ${path}, because of the letters in it, and no way around could be made ` +
        `(${errorText(thrown)}). Set GATEWAY_DATA_DIR to a folder in plain letters, or install the gateway in one.`,
      { cause: thrown },
    );
  }
}

async function makeFolder(options: AliasOptions): Promise<string> {
  const { env = process.env, closeFolder = closeOnWindows } = options;
  const bases = [env['ProgramData'] ?? 'C:\\ProgramData', env['PUBLIC'] ?? 'C:\\Users\\Public'];
  let reason: Error | undefined;
  for (const base of bases.filter(isAscii)) {
    const folder = nodePath.join(base, `modular-gateway-${randomBytes(8).toString('hex')}`);
    try {
      await mkdir(folder);
    } catch (thrown) {
      reason ??= new Error(errorText(thrown), { cause: thrown });
      continue;
    }
    try {
      await closeFolder(folder);
      return folder;
    } catch (thrown) {
      reason ??= new Error(errorText(thrown), { cause: thrown });
      await rmdir(folder).catch(() => undefined);
    }
  }
  throw reason ?? new Error('there is no folder in plain letters');
}

/** The junction for a path, made where it is missing. @throws where it leads elsewhere, or cannot be made */
async function linkIn(folder: string, path: string): Promise<string> {
  const link = nodePath.join(folder, createHash('sha256').update(path).digest('hex').slice(0, 12));
  try {
    await symlink(path, link, 'junction');
  } catch (thrown) {
    if (errorCode(thrown) !== 'EEXIST') throw thrown;
  }
  if (bare(await readlink(link)) !== bare(path)) throw new Error(`${link} leads elsewhere`);
  return link;
}

/** Junctions are told with a backslash at their end. */
const bare = (path: string) => path.replace(/^\\\\\?\\/, '').replace(/[\\/]+$/, '');

async function closeOnWindows(folder: string): Promise<void> {
  const domain = process.env['USERDOMAIN'];
  const { username } = userInfo();
  const account = domain === undefined ? username : `${domain}\\${username}`;
  // The last one is the system itself, whatever it is called in this language.
  const rights = [`${account}:(OI)(CI)F`, '*S-1-5-18:(OI)(CI)F'];
  await runWindowsProgram('icacls.exe', [folder, '/inheritance:r', '/grant:r', ...rights], icaclsTimeoutMs);
}
