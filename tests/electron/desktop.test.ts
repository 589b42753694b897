import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../support/wait-until';
import { findElectron } from './electron-runtime';
import { inMain } from './in-main';
import { launchDesktop, rootSwitches, skipSetup, type LaunchedDesktop } from './launch-desktop';
import { startDisplay, whyNoDisplay, type Display } from './start-display';

const { runtime, reason } = await findElectron();
const whySkipped = reason ?? whyNoDisplay;

describe.skipIf(whySkipped !== undefined)(`the desktop app (${whySkipped ?? runtime!.version})`, () => {
  let display: Display;
  let desktop: LaunchedDesktop;

  beforeAll(async () => {
    display = await startDisplay();
    desktop = await launchDesktop({ display });
    await skipSetup(desktop);
  });
  afterAll(async () => {
    await desktop.stop();
    await display.stop();
  });

  const waitForPage = (path: string) =>
    desktop.page.waitForFunction((hash) => window.location.hash.startsWith(hash), `#${path}`);

  const isVisible = () =>
    inMain(desktop.app, ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());

  /** Clicks what stands under this label in the app's real menu. */
  const clickMenu = (label: string) =>
    inMain(
      desktop.app,
      ({ Menu }, wanted) => {
        const items = Menu.getApplicationMenu()?.items.flatMap((item) => item.submenu?.items ?? []) ?? [];
        const item = items.find((candidate) => candidate.label === wanted);
        if (!item) throw new Error(`no menu item ${wanted}`);
        (item.click as () => void)();
      },
      label,
    );

  test('opens one window on the console, with the gateway running behind it', async () => {
    expect(desktop.app.windows()).toHaveLength(1);
    expect(desktop.page.url()).toMatch(/^app:\/\/console\/index\.html#\//);
    expect(await desktop.page.title()).toContain('Modular Gateway');
    const info = await desktop.ask('gateway.info', {});
    expect(info).toMatchObject({ entryPoint: 'desktop', dataDir: desktop.dataDir, database: 'server' });
    const answer = await fetch(`http://127.0.0.1:${info.port}/health`);
    expect(await answer.json()).toMatchObject({ status: 'ok' });
    // Chromium's files and the shell's are in the gateway's folder: one folder, one gateway, one app.
    expect(existsSync(join(desktop.dataDir, 'desktop'))).toBe(true);
  });

  test('gives the page nothing but the bridge', async () => {
    const seen = await desktop.page.evaluate(() => ({
      foreign: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter(
        (n) => n in window,
      ),
      bridge: Object.keys(window.modularGateway!).sort(),
    }));
    expect(seen).toEqual({ foreign: [], bridge: ['call', 'onPush'] });
    const preferences = await inMain(desktop.app, ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]!.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      const { contextIsolation, sandbox, nodeIntegration, webSecurity, webviewTag } =
        contents.getLastWebPreferences();
      return { contextIsolation, sandbox, nodeIntegration, webSecurity, webviewTag };
    });
    expect(preferences).toEqual({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
  });

  test('refuses calls that it does not know, and input that is not right', async () => {
    expect(await desktop.call('nothing.at_all' as never, {} as never)).toMatchObject({
      problem: { code: 'unknown_call' },
    });
    for (const name of ['constructor', '__proto__', 'toString', '', 'x'.repeat(1_000), 7, null, { a: 1 }]) {
      expect(await desktop.call(name as never, {} as never)).toMatchObject({
        ok: false,
        problem: { code: 'unknown_call' },
      });
    }
    const wrong: [string, unknown][] = [
      ['desktop.setPreferences', { theme: 'pink' }],
      ['desktop.setPreferences', { startAtLogin: true, shell: 'rm' }],
      ['desktop.saveFile', { downloadToken: 7, name: 'x' }],
      ['desktop.state', null],
      ['tenants.get', { customerId: ['ACC001'] }],
    ];
    for (const [name, input] of wrong) {
      expect(await desktop.call(name as never, input as never)).toMatchObject({
        ok: false,
        problem: { code: 'invalid_input' },
      });
    }
  });

  test('answers the main frame of its own page only', async () => {
    // The bridge as a frame of another origin, or another window, would have to use it: past the preload script.
    const answers = await inMain(desktop.app, async ({ BrowserWindow, app }) => {
      const preload = `${app.getAppPath()}/dist/preload/preload.cjs`;
      const ask = async (address: string) => {
        const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
        try {
          await other.loadURL(address);
          return (await other.webContents.executeJavaScript(
            `modularGateway.call('desktop.getPreferences', {})`,
          )) as unknown;
        } finally {
          other.destroy();
        }
      };
      return [await ask('app://console/index.html'), await ask('data:text/html,hello')];
    });
    for (const answer of answers)
      expect(answer).toMatchObject({ ok: false, problem: { code: 'not_allowed' } });
    await waitUntil(
      async () => (await desktop.readLog()).some(({ event }) => event === 'console.frame_refused'),
      { what: 'the refusal to be logged' },
    );
  });

  test('serves the files of the console and nothing else, without inline scripts', async () => {
    const answers = await desktop.page.evaluate(async () => {
      const read = async (address: string) => {
        try {
          const response = await fetch(address);
          return [response.status, response.headers.get('content-security-policy') ?? ''] as const;
        } catch {
          return [0, ''] as const;
        }
      };
      return {
        page: await read('app://console/index.html'),
        outside: await read('app://console/..%2f..%2fpackage.json'),
        backslash: await read('app://console/..%5c..%5cpackage.json'),
        absolute: await read('app://console//etc/passwd'),
        host: await read('app://elsewhere/index.html'),
        web: await read('http://127.0.0.1:1/'),
        file: await read('file:///etc/passwd'),
      };
    });
    expect(answers.page[0]).toBe(200);
    expect(answers.page[1]).toContain("script-src 'self'");
    expect(answers.page[1]).not.toMatch(/script-src[^;]*unsafe/);
    for (const refused of ['outside', 'backslash', 'absolute'] as const)
      expect(answers[refused][0]).toBe(404);
    for (const refused of ['host', 'web', 'file'] as const) expect(answers[refused][0]).toBe(0);

    const ran = await desktop.page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.inlineScriptRan = true';
      document.body.append(script);
      await new Promise((done) => setTimeout(done, 50));
      return 'inlineScriptRan' in window;
    });
    expect(ran).toBe(false);
  });

  test('goes nowhere else, opens no window, and gives no permission', async () => {
    const before = desktop.page.url();
    const seen = await desktop.page.evaluate(async () => {
      const popup = window.open('https://example.com/') === null ? 'refused' : 'opened';
      window.location.assign('https://example.com/');
      const frame = document.createElement('iframe');
      frame.src = 'https://example.com/';
      document.body.append(frame);
      await new Promise((done) => setTimeout(done, 300));
      frame.remove();
      const states = await Promise.all(
        (['geolocation', 'notifications', 'camera', 'microphone'] as const).map(
          async (name) => (await navigator.permissions.query({ name: name })).state,
        ),
      );
      return { popup, states, location: window.location.href };
    });
    expect(seen).toMatchObject({ popup: 'refused', location: before });
    expect(new Set(seen.states)).toEqual(new Set(['denied']));
    expect(desktop.app.windows()).toHaveLength(1);
    // What the console does need.
    await desktop.page.bringToFront();
    await desktop.page.evaluate(() => navigator.clipboard.writeText('copied from the console'));
    expect(await inMain(desktop.app, ({ clipboard }) => clipboard.readText())).toBe(
      'copied from the console',
    );
  });

  test('the menu opens pages, in the language of the preferences', async () => {
    await clickMenu('History');
    await waitForPage('/history');
    await desktop.ask('desktop.setPreferences', { language: 'af' });
    await clickMenu('Instellings');
    await waitForPage('/settings');
    await desktop.ask('desktop.setPreferences', { language: 'en' });
    const shortcuts = await inMain(desktop.app, ({ Menu }) =>
      Menu.getApplicationMenu()!.items.flatMap((item) =>
        (item.submenu?.items ?? []).map(({ accelerator }) => String(accelerator)),
      ),
    );
    expect(shortcuts).toEqual(expect.arrayContaining(['CmdOrCtrl+1', 'CmdOrCtrl+6', 'CmdOrCtrl+Q']));
  });

  test('the tray says how it goes, and its menu works', async () => {
    // The tray's own menu is caught where Electron is handed it.
    await inMain(desktop.app, ({ Tray }) => {
      const caught = globalThis as unknown as { trayMenu?: Electron.Menu; trayTip?: string };
      // eslint-disable-next-line @typescript-eslint/unbound-method -- called on the tray itself, below
      const { setContextMenu, setToolTip } = Tray.prototype;
      Tray.prototype.setContextMenu = function (menu) {
        caught.trayMenu = menu ?? undefined;
        setContextMenu.call(this, menu);
      };
      Tray.prototype.setToolTip = function (tip) {
        caught.trayTip = tip;
        setToolTip.call(this, tip);
      };
    });
    await desktop.ask('desktop.setPreferences', { language: 'af' });
    await desktop.ask('desktop.setPreferences', { language: 'en' });
    const shown = await inMain(desktop.app, () => {
      const { trayMenu, trayTip } = globalThis as unknown as { trayMenu: Electron.Menu; trayTip: string };
      return { labels: trayMenu.items.map(({ label }) => label), tip: trayTip };
    });
    expect(shown.tip).toMatch(/^Modular Gateway: (Running|Needs attention)/);
    expect(shown.labels).toEqual(
      expect.arrayContaining(['Open Modular Gateway', 'Start when I log in', 'Stop the gateway and quit']),
    );
    expect(shown.labels).toContain('0 sending, 0 waiting, 0 failed today');

    const click = (label: string) =>
      inMain(
        desktop.app,
        (_electron, wanted) => {
          const { trayMenu } = globalThis as unknown as { trayMenu: Electron.Menu };
          (trayMenu.items.find((item) => item.label === wanted)!.click as () => void)();
        },
        label,
      );
    const autostart = join(desktop.dataDir, 'config', 'autostart', 'modular-gateway.desktop');
    await click('Start when I log in');
    expect(await desktop.ask('desktop.getPreferences', {})).toMatchObject({ startAtLogin: true });
    if (process.platform === 'linux') {
      await expect.poll(() => readFile(autostart, 'utf8').catch(() => '')).toContain('"--hidden"');
    }
    await click('Start when I log in');
    expect(await desktop.ask('desktop.getPreferences', {})).toMatchObject({ startAtLogin: false });
    await expect.poll(() => existsSync(autostart)).toBe(false);
  });

  test('closing hides the window and leaves the gateway running; a second start shows it again', async () => {
    const closeWindow = () =>
      inMain(desktop.app, ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close());
    await closeWindow();
    await waitUntil(async () => (await isVisible()) === false, { what: 'the window to be hidden' });
    const { port } = await desktop.ask('gateway.info', {});
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    const file = join(desktop.dataDir, 'desktop', 'preferences.json');
    await expect
      .poll(async () => JSON.parse(await readFile(file, 'utf8')) as unknown)
      .toMatchObject({ toldOfTray: true });
    const { mtimeMs } = await stat(file);

    const second = spawn(runtime!.executable, [resolve('.'), ...rootSwitches], {
      env: { ...process.env, DISPLAY: display.name, GATEWAY_DATA_DIR: desktop.dataDir },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    second.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    expect(await once(second, 'close')).toEqual([0, null]);
    expect(said).toContain('runs already');
    await waitUntil(async () => (await isVisible()) === true, { what: 'the window to be back' });
    expect(desktop.app.windows()).toHaveLength(1);
    // Told once.
    await closeWindow();
    await waitUntil(async () => (await isVisible()) === false, { what: 'the window to be hidden again' });
    expect((await stat(file)).mtimeMs).toBe(mtimeMs);
    await inMain(desktop.app, ({ app }) => void app.emit('activate'));
    await waitUntil(async () => (await isVisible()) === true, { what: 'the window to be back' });
  });

  test('colours follow the preference, and preferences are kept', async () => {
    await desktop.ask('desktop.setPreferences', { theme: 'dark' });
    await expect
      .poll(() => desktop.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches))
      .toBe(true);
    await desktop.ask('desktop.setPreferences', { theme: 'light' });
    await expect
      .poll(() => desktop.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches))
      .toBe(false);
    const stored = await readFile(join(desktop.dataDir, 'desktop', 'preferences.json'), 'utf8');
    expect(JSON.parse(stored)).toMatchObject({ preferences: { theme: 'light', language: 'en' } });
  });

  test('without a keyring secrets are kept under the key file', async () => {
    // Unpackaged, whatever the system has: the command line uses the same folder.
    const answer = await desktop.call('tenants.add', { customerId: 'SEAL01', name: 'Sealed' });
    expect(answer).toMatchObject({ ok: true });
    expect((await readFile(join(desktop.dataDir, 'secret.key'), 'utf8')).trim()).toMatch(/^[\w+/]{43}=$/);
    expect(
      await desktop.call('tenants.remove', {
        customerId: 'SEAL01',
        confirmation: 'SEAL01',
        dropDatabase: true,
      }),
    ).toMatchObject({ ok: true });
  });

  test('a page that is killed comes back, with the gateway untouched', async () => {
    const { startedAt } = await desktop.ask('gateway.info', {});
    const loaded = desktop.page.waitForEvent('load', { timeout: 20_000 }).catch(() => undefined);
    await inMain(desktop.app, ({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer(),
    );
    await loaded;
    // Playwright gives up a page that crashed: the window itself is asked.
    await waitUntil(
      async () =>
        (await inMain(desktop.app, async ({ BrowserWindow }) => {
          const { webContents } = BrowserWindow.getAllWindows()[0]!;
          if (webContents.isCrashed() || webContents.isLoading()) return undefined;
          return (await webContents.executeJavaScript(
            `modularGateway.call('gateway.info', {}).then((answer) => answer.value.startedAt)`,
          )) as string;
        })) === startedAt,
      { what: 'the page to be back' },
    );
    await expect
      .poll(async () => (await desktop.readLog()).map(({ event }) => event))
      .toContain('window.page_gone');
  });
});
