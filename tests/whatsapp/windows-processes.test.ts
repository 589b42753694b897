import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { namesProfile } from '../../main/gateway/whatsapp/names-profile';
import { clearProfile, locateProfile } from '../../main/gateway/whatsapp/profile-folder';
import { endWindowsTree, listWindowsProcesses } from '../../main/gateway/whatsapp/windows-processes';

const profile = 'C:\\Users\\Zoë Müller\\AppData\\Local\\modular-gateway\\whatsapp\\ACC001\\session';

test.each([
  [`"C:\\Program Files\\Chrome\\chrome.exe" "--user-data-dir=${profile}" --remote-debugging-pipe`, true],
  [`chrome.exe --user-data-dir="${profile}" about:blank`, true],
  [`chrome.exe --user-data-dir=${profile}`, true],
  [`chrome.exe --user-data-dir=${profile.toUpperCase()} x`, true],
  [`chrome.exe "--user-data-dir=${profile.toLowerCase()}"`, true],
  [`chrome.exe "--user-data-dir=${profile}-installed"`, false],
  [`chrome.exe "--user-data-dir=${profile}\\Default"`, false],
  [`chrome.exe "--disk-cache-dir=${profile}"`, false],
  [`notepad.exe ${profile}`, false],
  [`chrome.exe "--user-data-dir=${profile}2" "--user-data-dir=${profile}"`, true],
  // As PowerShell 5.1 prints it in the code page of DOS.
  [`chrome.exe "--user-data-dir=${profile.replace('ë', '\u2030').replace('ü', '\u0081')}"`, false],
])('on Windows %s names the profile: %s', (command, isNamed) => {
  expect(namesProfile(command, profile, 'win32')).toBe(isNamed);
});

test.each([
  ['chrome\0--user-data-dir=/data/a\0--x\0', true],
  ['chrome --user-data-dir=/data/a', true],
  ['chrome\0--user-data-dir=/data/A\0', false],
])('on Linux %j names /data/a as %s', (command, isNamed) => {
  expect(namesProfile(command, '/data/a', 'linux')).toBe(isNamed);
});

const answer = (text: string) => () => Promise.resolve(text);
const one = { ProcessId: 7, ParentProcessId: 1, CommandLine: null, WorkingSetSize: 2048 };

test.each([
  ['several', JSON.stringify([one, { ...one, ProcessId: 8, CommandLine: 'Müller' }]), 2],
  ['one alone, which PowerShell does not put in a list', JSON.stringify(one), 1],
  ['a mark of the encoding before it', `\uFEFF${JSON.stringify([one])}`, 1],
])('the listing holds %s', async (_name, text, count) => {
  const entries = await listWindowsProcesses(answer(text));
  expect(entries).toHaveLength(count);
  expect(entries[0]).toEqual({ pid: 7, parentPid: 1, command: '', residentKb: 2 });
});

test('PowerShell is asked for UTF-8, and not for ever', async () => {
  const asked: unknown[] = [];
  await listWindowsProcesses((...call) => {
    asked.push(...call);
    return Promise.resolve('[]');
  });
  expect(asked[0]).toBe('powershell.exe');
  expect(String(asked[1])).toContain('UTF8Encoding');
  expect(asked[2]).toBeLessThanOrEqual(15_000);
});

test.each(['', 'This script is disabled by your administrator.', '{"a":1}'])(
  'a listing that is none is said to be none (%j)',
  async (text) => {
    await expect(listWindowsProcesses(answer(text))).rejects.toThrow();
  },
);

test('ending a tree never throws', async () => {
  const exit128 = Object.assign(new Error('not found'), { code: 128 });
  await expect(endWindowsTree(1, () => Promise.reject(exit128))).resolves.toBeUndefined();
});

test('a session opens where PowerShell is forbidden, and asks it only where a browser may run', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'windows-profile-'));
  let asked = 0;
  const forbidden = () => {
    asked += 1;
    return Promise.reject(new Error('This program is blocked by group policy.'));
  };
  try {
    const folder = locateProfile(dataDir, 'ACC001', 'installed');
    expect(await clearProfile(folder, 'win32', forbidden)).toBe(0);
    await mkdir(folder.profile, { recursive: true });
    expect(await clearProfile(folder, 'win32', forbidden)).toBe(0);
    expect(asked).toBe(0);
    await writeFile(join(folder.profile, 'lockfile'), '');
    expect(await clearProfile(folder, 'win32', forbidden)).toBe(0);
    expect(asked).toBe(1);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
