import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createElectronBrowsers } from '../../main/desktop/electron-browsers';
import { createInstalledBrowsers, type BrowserLaunch } from '../../main/gateway/whatsapp/installed-browsers';
import { endProcessTree, isProcessRunning } from '../../main/gateway/whatsapp/process-tree';
import { waitUntil } from '../support/wait-until';
import { findElectron } from './electron-runtime';

const { runtime, reason } = await findElectron();

/** Without a display; and without Chromium's sandbox, which root and some containers cannot have. */
const switches = ['--no-sandbox', '--ozone-platform=headless'];

describe.skipIf(!runtime)(`the browser role of the desktop app (${reason ?? runtime.version})`, () => {
  let folder: string;
  let launch: BrowserLaunch;
  let server: Server;
  const paths: string[] = [];
  const userAgents = new Set<string | undefined>();
  let browser: Browser | undefined;
  let gateway: ChildProcess | undefined;

  beforeAll(async () => {
    const failure = inject('buildFailure');
    if (failure !== undefined) throw new Error(failure);
    folder = await mkdtemp(join(tmpdir(), 'whatsapp-host-'));
    launch = createElectronBrowsers({
      executablePath: runtime!.executable,
      appPath: resolve('.'),
      chromeVersion: runtime!.chromeVersion,
      argv: switches,
      installed: createInstalledBrowsers(),
    }).find()!;
    server = createServer((request, response) => {
      userAgents.add(request.headers['user-agent']);
      paths.push(request.url ?? '');
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>A page</title><button>press</button>');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    const pids = [browser?.process()?.pid, gateway?.pid].filter((pid) => pid !== undefined);
    for (const pid of pids) if (await isProcessRunning(pid)) await endProcessTree(pid);
    browser = undefined;
    gateway = undefined;
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  async function open(profile: string): Promise<Page> {
    browser = await puppeteer.launch({
      executablePath: launch.executablePath,
      headless: launch.headless,
      args: [...launch.args, `--user-agent=${launch.userAgent ?? ''}`],
      env: { ...launch.env },
      userDataDir: join(folder, profile),
      pipe: true,
      defaultViewport: null,
    });
    const pages = await browser.pages();
    expect(pages.map((page) => page.url())).toEqual(['about:blank']);
    return pages[0]!;
  }

  test('shows a page the means of a page and nothing of the machine', async () => {
    const page = await open('confined');
    await page.goto(address());
    const seen = await page.evaluate(async () => ({
      userAgent: navigator.userAgent,
      // What Electron would bring into a page: Node's names.
      foreign: ['require', 'process', 'module', 'electron'].filter((name) => name in window),
      notifications: await Notification.requestPermission(),
      location: (await navigator.permissions.query({ name: 'geolocation' })).state,
      // A worker is a world of its own, which the library's override of the page does not reach.
      worker: await new Promise((resolve) => {
        const source = new Blob(['postMessage(navigator.userAgent)'], { type: 'text/javascript' });
        new Worker(URL.createObjectURL(source)).onmessage = (event) => resolve(event.data);
      }),
      popup: window.open('about:blank') === null ? 'refused' : 'opened',
    }));
    expect(seen).toEqual({
      userAgent: launch.userAgent,
      foreign: [],
      notifications: 'denied',
      location: 'denied',
      worker: launch.userAgent,
      popup: 'refused',
    });
    expect([...userAgents]).toEqual([launch.userAgent]);
    expect(await browser!.pages()).toHaveLength(1);

    // Whoever drives it goes anywhere; the page itself goes nowhere but to WhatsApp.
    await page.evaluate((elsewhere) => window.location.assign(elsewhere), `${address()}elsewhere`);
    // Nothing tells a page that it was kept from going; a local one would be there in this time.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(paths).not.toContain('/elsewhere');
    expect(page.url()).toBe(address());
  });

  test('keeps its profile where it was told, and ends by itself when it is asked to', async () => {
    const page = await open('closed');
    await page.goto(address());
    await page.evaluate(() => localStorage.setItem('login', 'kept'));
    // A page that asks whether to stay: Electron would take that for a yes.
    await page.click('button');
    await page.evaluate(() => window.addEventListener('beforeunload', (event) => event.preventDefault()));
    const running = browser!.process()!;
    const ended = once(running, 'exit');
    const session = await browser!.target().createCDPSession();
    // Electron hangs up in place of an answer.
    await session.send('Browser.close').catch(() => undefined);
    expect(await ended).toEqual([0, null]);
    expect(existsSync(join(folder, 'closed', 'Local Storage'))).toBe(true);

    const again = await open('closed');
    await again.goto(address());
    expect(await again.evaluate(() => localStorage.getItem('login'))).toBe('kept');
  });

  /** A gateway in miniature: starts a host, prints its process id, and waits to be killed. */
  async function startGateway(stdio: string): Promise<number> {
    const args = [...launch.args, `--user-data-dir=${join(folder, stdio)}`, '--disable-gpu'];
    if (stdio.includes('pipe')) args.push('--remote-debugging-pipe');
    const script = `
      const { spawn } = require('node:child_process');
      const host = spawn(${JSON.stringify(launch.executablePath)}, ${JSON.stringify(args)}, {
        stdio: ${stdio.includes('pipe') ? "['ignore', 'ignore', 'ignore', 'pipe', 'pipe']" : "'ignore'"},
        detached: true,
      });
      console.log(host.pid);
      setInterval(() => {}, 1000);`;
    gateway = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(gateway.stdout!, 'data')) as [Buffer];
    const pid = Number(line.toString());
    // Its storage is there: it is up.
    await waitUntil(() => existsSync(join(folder, stdio, 'Local Storage')), {
      what: 'the host to be up',
    });
    return pid;
  }

  test.each(['with-pipe', 'without'])('ends with a gateway that is killed, %s', async (stdio) => {
    const pid = await startGateway(stdio);
    expect(await isProcessRunning(pid)).toBe(true);
    const ended = once(gateway!, 'exit');
    gateway!.kill('SIGKILL');
    await ended;
    try {
      await waitUntil(async () => !(await isProcessRunning(pid)), {
        what: 'the host to be gone',
      });
    } finally {
      await endProcessTree(pid);
    }
  });
});
