import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../support/install-test-programs';

const run = promisify(execFile);

/** What the .deb depends on (electron-builder's list), as apt would have brought it. */
const dependencies = [
  ...['libgtk-3-0', 'libnotify4', 'libnss3', 'libxss1', 'libxtst6', 'xdg-utils', 'libatspi2.0-0', 'libuuid1'],
  ...['libsecret-1-0', 'libgbm1', 'libasound2'],
];

/** A bare Debian 12 with the package's dependencies, made once (minutes) and kept in a cache. Do not write to it. */
export async function findDebianRoot(): Promise<{ readonly root?: string; readonly reason?: string }> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return { reason: 'needs root on Linux' };
  const debootstrap = findProgram('debootstrap');
  if (debootstrap === undefined) return { reason: 'no debootstrap (Debian: apt-get install debootstrap)' };
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'modular-gateway');
  const root = join(cache, 'debian-bookworm-1');
  if (existsSync(root)) return { root };
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'making-'));
  try {
    const options = { timeout: 10 * 60_000, maxBuffer: 50_000_000 };
    const made = join(draft, 'root');
    await run(debootstrap, ['--variant=minbase', 'bookworm', made], options);
    // Not by debootstrap's own list: it knows nothing of packages that stand for others.
    await copyFile('/etc/resolv.conf', join(made, 'etc', 'resolv.conf'));
    const install = 'apt-get update && apt-get install -y --no-install-recommends "$@" && apt-get clean';
    await run('chroot', [made, 'sh', '-c', install, 'sh', ...dependencies], {
      ...options,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' },
    });
    await rename(made, root);
    return { root };
  } catch (thrown) {
    if (existsSync(root)) return { root };
    return { reason: `debootstrap failed (${String(thrown).split('\n')[0] ?? ''})` };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
