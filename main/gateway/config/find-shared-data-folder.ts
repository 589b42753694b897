import { realpathSync } from 'node:fs';
import { dirname, join, basename, resolve, sep } from 'node:path';

/** The first of the folders that is the data folder, lies in it or holds it, however it is spelt or linked. */
export function findSharedDataFolder(folders: readonly string[], dataDir: string): string | undefined {
  return folders.find((folder) => isSameOrNested(folder, dataDir));
}

/** Is one of them the other, or in it? As the paths stand, and as they are once links are followed. */
function isSameOrNested(one: string, other: string): boolean {
  const [a, b] = [spellings(one), spellings(other)];
  return a.some((left) => b.some((right) => left.startsWith(right) || right.startsWith(left)));
}

function spellings(path: string): string[] {
  const written = resolve(path);
  return [written, followLinks(written)].map((each) => {
    const whole = each.endsWith(sep) ? each : each + sep;
    // Windows and macOS keep capitals and do not tell them apart.
    return process.platform === 'linux' ? whole : whole.toLowerCase();
  });
}

/** Of a path whose end may not be there yet, as much as is there is followed. */
function followLinks(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(followLinks(parent), basename(path));
  }
}
