import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { inject } from 'vitest';
import type { DesktopBridge } from '../../main/contracts/console/bridge';
import type { CallAnswer, CallInput, CallName, CallOutput } from '../../main/contracts/console/console-calls';
import type { GatewayState } from '../../main/contracts/console/desktop-calls';
import { patienceMs } from '../support/patience';
import { waitUntil } from '../support/wait-until';
import { findElectron } from './electron-runtime';
import type { Display } from './start-display';

export interface LaunchOptions {
  readonly display: Display;
  readonly env?: Readonly<Record<string, string>>;
  /** one that another launch has used; it is not removed then */
  readonly dataDir?: string;
  readonly args?: readonly string[];
  /** what to wait for; default: running */
  readonly until?: GatewayState['state'] | 'window';
}

/** The built desktop app in a real Electron, on a data folder and a system database of its own. */
export interface LaunchedDesktop {
  readonly app: ElectronApplication;
  /** its window */
  readonly page: Page;
  readonly dataDir: string;
  /** as the page itself calls */
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallAnswer<N>>;
  /** @throws when the answer is a problem */
  ask<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
  waitForState(state: GatewayState['state']): Promise<GatewayState>;
  readLog(): Promise<Record<string, unknown>[]>;
  /** Quits in order, unless it has ended, and removes what it was made with. */
  stop(): Promise<void>;
}

declare global {
  // Of the page: what tests evaluate runs there.
  interface Window {
    readonly modularGateway?: DesktopBridge;
  }
}

const repository = resolve('.');
/** Switches without which Electron does not run as root. */
export const rootSwitches = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** The environment of a gateway of its own; its database is on the run's server. */
export function desktopEnvironment(dataDir: string, databaseName: string): Record<string, string> {
  const admin = new URL(inject('postgresAdminUrl'));
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    GATEWAY_DATA_DIR: dataDir,
    XDG_CONFIG_HOME: join(dataDir, 'config'),
    DB_HOST: admin.hostname,
    DB_PORT: admin.port,
    DB_USER: decodeURIComponent(admin.username),
    DB_PASSWORD: decodeURIComponent(admin.password),
    DB_NAME: databaseName,
    JWT_SECRET: 'test-9f2c7b1e5d8a4063',
  };
}

export async function dropDatabase(name: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresAdminUrl') });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name} with (force)`);
  } finally {
    await client.end();
  }
}

/**
 * Past the first steps, which a menu does not interrupt. The page must have come to them: it would go there
 * after it was led elsewhere.
 */
export async function skipSetup(desktop: LaunchedDesktop): Promise<void> {
  const { page } = desktop;
  await page.waitForFunction(() => window.location.hash.startsWith('#/setup'));
  await desktop.ask('setup.finish', {});
  // Unnoticed by the page, which would go back to them.
  await page.evaluate(() => window.history.replaceState(null, '', '#/'));
  await page.reload();
  await page.getByRole('navigation').waitFor();
}

export async function launchDesktop(options: LaunchOptions): Promise<LaunchedDesktop> {
  const failure = inject('buildFailure');
  if (failure !== undefined) throw new Error(failure);
  const { runtime, reason } = await findElectron();
  if (!runtime) throw new Error(reason);
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'modular-gateway-desktop-')));
  const databaseName = `gateway_${randomBytes(8).toString('hex')}`;
  const inherited = Object.entries(process.env).filter(([name]) => name !== 'WAYLAND_DISPLAY');
  const app = await _electron.launch({
    executablePath: runtime.executable,
    args: [repository, ...rootSwitches, ...(options.args ?? [])],
    // Without a `.env` of somebody's.
    cwd: tmpdir(),
    env: {
      ...(Object.fromEntries(inherited) as Record<string, string>),
      DISPLAY: options.display.name,
      ...desktopEnvironment(dataDir, databaseName),
      ...options.env,
    },
    timeout: patienceMs,
    // The app's own, not one of Playwright's choice.
    colorScheme: null,
  });
  let isOver = false;
  app.on('close', () => {
    isOver = true;
  });
  const page = await app.firstWindow({ timeout: patienceMs });
  page.setDefaultTimeout(patienceMs);

  const desktop: LaunchedDesktop = {
    app,
    page,
    dataDir,
    call: (name, input) =>
      page.evaluate(
        ([calledName, calledInput]) => window.modularGateway!.call(calledName as never, calledInput as never),
        [name, input] as const,
      ),
    async ask(name, input) {
      const answer = await desktop.call(name, input);
      if (!answer.ok) throw new Error(`${name}: ${answer.problem.message}`);
      return answer.value;
    },
    async waitForState(state) {
      let last: GatewayState | undefined;
      await waitUntil(
        async () => {
          last = await desktop.ask('desktop.state', {});
          return last.state === state;
        },
        { what: `the gateway to be ${state}` },
      );
      return last!;
    },
    async readLog() {
      const text = await readFile(join(dataDir, 'logs', 'combined.log'), 'utf8');
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    async stop() {
      if (!isOver) await app.close();
      await dropDatabase(databaseName);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await page.waitForFunction(() => window.modularGateway !== undefined);
    if (options.until !== 'window') await desktop.waitForState(options.until ?? 'running');
    return desktop;
  } catch (thrown) {
    await desktop.stop();
    throw thrown;
  }
}
