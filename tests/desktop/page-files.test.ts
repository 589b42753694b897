import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { findPageFile } from '../../main/desktop/page-files';

const folder = resolve('pages');
const find = (address: string) => findPageFile(folder, address, 'app://console');

test('addresses of pages are files of the folder', () => {
  expect(find('app://console/')?.path).toBe(join(folder, 'index.html'));
  expect(find('app://console/index.html#/history?status=failed')).toEqual({
    path: join(folder, 'index.html'),
    contentType: 'text/html; charset=utf-8',
  });
  expect(find('app://console/assets/a%20b.js')?.path).toBe(join(folder, 'assets', 'a b.js'));
});

test.each([
  'app://console/../package.json',
  'app://console/..%2f..%2fsecret.json',
  'app://console/%2e%2e/%2e%2e/secret.json',
  'app://console/..%5c..%5csecret.json',
  'app://console/index.html%00.js',
  'app://console/%ff.js',
  'app://elsewhere/index.html',
  'file:///etc/passwd',
  'https://console/index.html',
  'app://console/secret.key',
  'app://console/index',
  'nothing',
])('%s is no page', (address) => {
  const found = find(address);
  // What a URL itself resolves stays inside, and is then a file like any other.
  if (found) expect(found.path.startsWith(folder)).toBe(true);
  if (!address.includes('/../') && !address.includes('%2e%2e/')) expect(found).toBeUndefined();
});
