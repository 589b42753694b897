import { expect, test } from 'vitest';
import { createElectronBrowsers } from '../../main/desktop/electron-browsers';
import { isWhatsAppHost } from '../../main/desktop/whatsapp-host';
import type { BrowserPort } from '../../main/gateway/whatsapp/installed-browsers';

const chrome = { name: 'Google Chrome', executablePath: '/opt/chrome', headless: true, args: [] };
const installed: BrowserPort = {
  find: () => chrome,
  findInstalled: () => chrome,
  canShowWindows: () => true,
};
const base = { executablePath: '/opt/gateway', chromeVersion: '130.0.6723.137', installed } as const;

test('sessions run in the own executable, visible pairing in the installed browser', () => {
  const browsers = createElectronBrowsers(base);
  expect(browsers.find()).toMatchObject({
    name: 'Electron',
    executablePath: '/opt/gateway',
    headless: false,
  });
  expect(browsers.findInstalled()).toBe(chrome);
  expect(browsers.canShowWindows()).toBe(true);
});

test('an app that is not packaged is named before its switch; a packaged one finds itself', () => {
  const packaged = createElectronBrowsers(base).find()!.args;
  const unpackaged = createElectronBrowsers({ ...base, appPath: '/src/gateway' }).find()!.args;
  expect(packaged.every((value) => value.startsWith('-'))).toBe(true);
  expect(unpackaged[0]).toBe('/src/gateway');
  for (const args of [packaged, unpackaged]) expect(isWhatsAppHost(args)).toBe(true);
  expect(isWhatsAppHost(['/opt/gateway', '--hidden'])).toBe(false);
});

test('switches that Electron needs in this place are handed on, and no others', () => {
  const argv = [
    '/opt/gateway',
    '--no-sandbox',
    '--ozone-platform=x11',
    '--hidden',
    '--inspect=0',
    'file.txt',
  ];
  expect(
    createElectronBrowsers({ ...base, argv })
      .find()!
      .args.slice(1),
  ).toEqual(['--no-sandbox', '--ozone-platform=x11']);
});

test('the environment holds nothing that makes plain Node of Electron', () => {
  const env = { PATH: '/bin', ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--inspect' };
  expect(createElectronBrowsers({ ...base, env }).find()!.env).toEqual({ PATH: '/bin' });
});

test.each([
  ['win32', 'Windows NT 10.0; Win64; x64'],
  ['darwin', 'Macintosh; Intel Mac OS X 10_15_7'],
  ['linux', 'X11; Linux x86_64'],
] as const)('on %s it calls itself the Chrome that it is', (platform, system) => {
  expect(createElectronBrowsers({ ...base, platform }).find()!.userAgent).toBe(
    `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36`,
  );
});
