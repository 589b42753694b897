import { expect, test } from 'vitest';
import { findFolderTrouble, systemProgram } from '../../main/gateway/system/windows-paths';

const env = {
  APPDATA: 'C:\\Users\\Zoë\\AppData\\Roaming',
  OneDrive: 'C:\\Users\\Zoë\\OneDrive',
  OneDriveCommercial: 'D:\\Work Cloud',
};

test.each([
  ['\\\\server\\profiles\\zoe\\gateway', 'network'],
  ['//server/profiles', 'network'],
  ['\\\\?\\UNC\\server\\share', 'network'],
  ['C:\\Users\\Zoë\\OneDrive\\gateway', 'onedrive'],
  ['c:\\users\\zoë\\onedrive', 'onedrive'],
  ['D:\\Work Cloud\\gateway', 'onedrive'],
  ['E:\\OneDrive - Karoo Dental\\gateway', 'onedrive'],
  ['C:\\Users\\Zoë\\AppData\\Roaming\\modular-gateway', 'roaming'],
  ['c:/users/zoë/appdata/roaming/modular-gateway', 'roaming'],
  ['C:\\Users\\Zoë\\AppData\\Local\\modular-gateway', undefined],
  ['C:\\Users\\Zoë\\AppData\\RoamingElsewhere\\x', undefined],
  ['C:\\Users\\Zoë\\OneDriveNot\\x', undefined],
  ['\\\\?\\C:\\gateway', undefined],
  ['D:\\Gateway', undefined],
])('%s: %s', (path, trouble) => {
  expect(findFolderTrouble(path, env)).toBe(trouble);
});

test('Windows’ own programs are named by their whole path, wherever Windows is', () => {
  expect(systemProgram('taskkill.exe', { SystemRoot: 'D:\\WINNT' })).toBe(
    'D:\\WINNT\\System32\\taskkill.exe',
  );
  expect(systemProgram('powershell.exe', {})).toBe(
    'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
  );
});
