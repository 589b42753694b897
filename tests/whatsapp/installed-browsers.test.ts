import { expect, test } from 'vitest';
import { createInstalledBrowsers } from '../../main/gateway/whatsapp/installed-browsers';

const only =
  (...paths: string[]) =>
  (file: string) =>
    paths.includes(file);

test('the configured browser is taken as it stands, and nothing else in its place', () => {
  const port = createInstalledBrowsers({
    executablePath: '/opt/mine/browser',
    platform: 'linux',
    isExecutable: only('/opt/mine/browser', '/usr/bin/chromium'),
  });
  expect(port.find()).toMatchObject({ executablePath: '/opt/mine/browser', headless: true });
  const missing = createInstalledBrowsers({
    executablePath: '/opt/gone',
    platform: 'linux',
    isExecutable: only('/usr/bin/chromium'),
  });
  expect(missing.find()).toBeUndefined();
});

test.each([
  ['linux', {}, '/usr/bin/chromium', 'Chromium'],
  ['linux', {}, '/opt/google/chrome/chrome', 'Google Chrome'],
  ['linux', {}, '/usr/bin/microsoft-edge', 'Microsoft Edge'],
  [
    'darwin',
    { HOME: '/Users/a' },
    '/Users/a/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'Google Chrome',
  ],
  [
    'win32',
    { 'PROGRAMFILES(X86)': 'C:\\P86' },
    'C:\\P86\\Microsoft\\Edge\\Application\\msedge.exe',
    'Microsoft Edge',
  ],
  ['win32', { LOCALAPPDATA: 'C:\\L' }, 'C:\\L\\Google\\Chrome\\Application\\chrome.exe', 'Google Chrome'],
] as const)('%s: %o finds %s', (platform, env, path, name) => {
  const port = createInstalledBrowsers({ platform, env, isExecutable: only(path) });
  expect(port.findInstalled()).toMatchObject({ executablePath: path, name });
});

test('a window needs a display', () => {
  const can = (platform: NodeJS.Platform, env: Record<string, string>) =>
    createInstalledBrowsers({ platform, env, isExecutable: () => false }).canShowWindows();
  expect(can('linux', {})).toBe(false);
  expect(can('linux', { DISPLAY: ':0' })).toBe(true);
  expect(can('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
  expect(can('win32', {})).toBe(true);
});
