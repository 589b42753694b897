import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findWindowsDataFolder } from '../../main/gateway/config/windows-data-folder';

let root: string;
let env: { APPDATA: string; LOCALAPPDATA: string };
let roaming: string;
let local: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'Zoë Müller '));
  env = { APPDATA: join(root, 'Roaming'), LOCALAPPDATA: join(root, 'Local') };
  roaming = join(env.APPDATA, 'modular-gateway');
  local = join(env.LOCALAPPDATA, 'modular-gateway');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function putData(folder: string, pid?: number): void {
  const cluster = join(folder, 'postgres', 'cluster');
  mkdirSync(cluster, { recursive: true });
  writeFileSync(join(folder, 'secret.key'), folder);
  if (pid !== undefined) writeFileSync(join(cluster, 'postmaster.pid'), `${pid}\n/folder\n`);
}

test('a new installation keeps its data on this machine', () => {
  expect(findWindowsDataFolder(env)).toBe(local);
  expect(existsSync(roaming)).toBe(false);
});

test('data of before is moved once, whole, and a .env stays where it is looked for', () => {
  putData(roaming);
  writeFileSync(join(roaming, '.env'), 'PORT=3001\n');
  expect(findWindowsDataFolder(env)).toBe(local);
  expect(readFileSync(join(local, 'secret.key'), 'utf8')).toBe(roaming);
  expect(readFileSync(join(roaming, '.env'), 'utf8')).toBe('PORT=3001\n');
  expect(findWindowsDataFolder(env)).toBe(local);
});

test('what a dead server has left does not hinder', () => {
  putData(roaming, 2 ** 22 + 12_345);
  expect(findWindowsDataFolder(env)).toBe(local);
});

test('while a server runs on it, it is used where it is', () => {
  putData(roaming, process.pid);
  expect(findWindowsDataFolder(env)).toBe(roaming);
  expect(existsSync(local)).toBe(false);
});

test('never goes over data that is here already', () => {
  putData(roaming);
  putData(local);
  expect(findWindowsDataFolder(env)).toBe(local);
  expect(readFileSync(join(local, 'secret.key'), 'utf8')).toBe(local);
  expect(readFileSync(join(roaming, 'secret.key'), 'utf8')).toBe(roaming);
});

test('where it cannot be moved it is used where it is', () => {
  putData(roaming);
  writeFileSync(env.LOCALAPPDATA, 'no folder');
  expect(findWindowsDataFolder(env)).toBe(roaming);
});

test('a folder that only Chromium has used is no data', () => {
  mkdirSync(join(roaming, 'desktop'), { recursive: true });
  expect(findWindowsDataFolder(env)).toBe(local);
});
