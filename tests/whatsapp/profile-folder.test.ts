import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  clearProfile,
  folderExists,
  locateProfile,
  restoreSnapshot,
  takeSnapshot,
} from '../../main/gateway/whatsapp/profile-folder';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'profile-test-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('customers never share a folder, whatever the file system takes for the same name', () => {
  const names = ['ACC001', 'acc001', 'Acc001', 'acc/001', 'acc\\001', '../acc001', 'CON', 'con', 'ACC 01'];
  const folders = names.map((name) => locateProfile(dataDir, name, 'own').dataPath);
  expect(new Set(folders.map((folder) => folder.toLowerCase())).size).toBe(names.length);
  for (const folder of folders) expect(folder.startsWith(join(dataDir, 'whatsapp') + '/')).toBe(true);
  expect(folders[0]).toBe(join(dataDir, 'whatsapp', 'ACC001'));
  expect(locateProfile(dataDir, 'ACC001', 'installed').profile).not.toBe(
    locateProfile(dataDir, 'ACC001', 'own').profile,
  );
});

test('locks of another host and left-over browsers are cleared; a profile of a similar name is let be', async () => {
  const folder = locateProfile(dataDir, 'ACC001', 'own');
  await mkdir(folder.profile, { recursive: true });
  await symlink('another-host-4711', join(folder.profile, 'SingletonLock'));
  const start = (profile: string) =>
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', `--user-data-dir=${profile}`]);
  const orphan = start(folder.profile);
  const neighbour = start(`${folder.profile}-installed`);
  const orphanEnded = once(orphan, 'exit');
  await Promise.all([once(orphan, 'spawn'), once(neighbour, 'spawn')]);
  try {
    expect(await clearProfile(folder)).toBe(1);
    expect(await orphanEnded).toEqual([null, 'SIGKILL']);
    expect(neighbour.exitCode).toBeNull();
    await expect(lstat(join(folder.profile, 'SingletonLock'))).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    const ended = once(neighbour, 'exit');
    neighbour.kill('SIGKILL');
    await ended;
  }
});

test('a snapshot holds the login and leaves out what a browser makes again', async () => {
  const folder = locateProfile(dataDir, 'ACC001', 'own');
  await mkdir(join(folder.profile, 'Default', 'Cache'), { recursive: true });
  await mkdir(join(folder.profile, 'Default', 'IndexedDB'), { recursive: true });
  await writeFile(join(folder.profile, 'Default', 'Cache', 'f_1'), 'big');
  await writeFile(join(folder.profile, 'Default', 'IndexedDB', 'login'), 'secret');
  expect(await restoreSnapshot(folder)).toBe(false);
  await takeSnapshot(folder);
  await writeFile(join(folder.profile, 'Default', 'IndexedDB', 'login'), 'broken');
  expect(await restoreSnapshot(folder)).toBe(true);
  expect(await readFile(join(folder.profile, 'Default', 'IndexedDB', 'login'), 'utf8')).toBe('secret');
  expect(await folderExists(join(folder.profile, 'Default', 'Cache'))).toBe(false);
  expect(await folderExists(folder.snapshot)).toBe(true);
});
