import { readFile, realpath, stat } from 'node:fs/promises';
import * as nodePath from 'node:path';
import type { GatewayConfig } from '../config/config';
import { GatewayError } from '../errors';

type Folders = Pick<GatewayConfig, 'documentFolders' | 'dataDir'>;

/**
 * Reads a file of one of the operator's folders, and never says whether one elsewhere exists.
 * @throws GatewayError `path_refused` (403), `document_too_large` (413)
 */
export async function readAllowedFile(
  path: string,
  folders: Folders,
  largestBytes: number,
): Promise<{ readonly filename: string; readonly content_base64: string }> {
  const refused = new GatewayError(
    'path_refused',
    'document_path may only name files in the folders that the operator allowed (GATEWAY_DOCUMENT_FOLDERS).',
    403,
  );
  if (folders.documentFolders.length === 0) throw refused;
  // The operator's own folders may be looked at: both their spellings are good.
  const found = await Promise.all(folders.documentFolders.map(realOrUndefined));
  const real = { documentFolders: found.filter((folder) => folder !== undefined), dataDir: folders.dataDir };
  real.dataDir = (await realOrUndefined(folders.dataDir)) ?? folders.dataDir;
  if (!mayBeLookedAt(path, folders) && !mayBeLookedAt(path, real)) throw refused;
  // Symbolic links are followed before the folders are compared a second time.
  const file = await realOrUndefined(path);
  if (file === undefined || !mayBeLookedAt(file, real)) throw refused;
  const info = await stat(file);
  if (!info.isFile()) throw refused;
  if (info.size > largestBytes) {
    throw new GatewayError(
      'document_too_large',
      `The document is larger than ${Math.floor(largestBytes / 1024 / 1024)} MB.`,
      413,
    );
  }
  const content = await readFile(file);
  return { filename: nodePath.basename(file), content_base64: content.toString('base64') };
}

const realOrUndefined = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);

/**
 * Whether a path leads into an allowed folder, by its letters alone: to look at `\\\\host\\share` is to log in at
 * that host, with this account's password, before anything could be compared. The data folder is never among them.
 */
export function mayBeLookedAt(
  path: string,
  { documentFolders, dataDir }: Folders,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (documentFolders.length === 0 || path.includes('\u0000')) return false;
  const rules = platform === 'win32' ? nodePath.win32 : nodePath.posix;
  if (!rules.isAbsolute(path)) return false;
  // Windows opens devices and other spellings of UNC by these; a share that is allowed is spelled \\host\share.
  if (platform === 'win32' && /^[\\/]{2}[?.][\\/]|^[\\/]\?\?[\\/]/.test(path)) return false;
  // `\share` and `/share` are of whichever drive is current, `C:file` of its current folder, `a.txt:b` a stream.
  if (platform === 'win32' && !/^([A-Za-z]:[\\/]|[\\/]{2}[^\\/])[^:]*$/.test(path)) return false;
  const asked = fold(rules.normalize(path), platform);
  const isIn = (folder: string): boolean => {
    const start = fold(rules.normalize(folder), platform);
    return asked.startsWith(start.endsWith(rules.sep) ? start : start + rules.sep);
  };
  return documentFolders.some(isIn) && !isIn(dataDir);
}

/** Windows does not tell capital letters from small ones, macOS as a rule neither. */
function fold(path: string, platform: NodeJS.Platform): string {
  return platform === 'win32' || platform === 'darwin' ? path.toLowerCase() : path;
}
