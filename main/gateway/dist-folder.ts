import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of what the build makes (`main`, `preload`, `renderer`, `assets`): the one that this code runs in, or
 * the repository's when it runs from source. It may be missing.
 */
export function findDist(from = dirname(fileURLToPath(import.meta.url))): string {
  if (existsSync(join(from, 'package.json'))) return join(from, 'dist');
  if (basename(from) === 'dist' || dirname(from) === from) return from;
  return findDist(dirname(from));
}
