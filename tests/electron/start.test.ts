import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { whyNoDisplay as whyNoScreen } from '../../scripts/find-display.mjs';
import { waitUntil } from '../support/wait-until';
import { findElectron } from './electron-runtime';
import { desktopEnvironment, dropDatabase } from './launch-desktop';
import { startDisplay, whyNoDisplay } from './start-display';

const { runtime, reason } = await findElectron();
const databaseName = `gateway_start_${process.pid}`;
let dataDir: string;
let started: ChildProcess | undefined;

beforeEach(async () => {
  const failure = inject('buildFailure');
  if (failure !== undefined) throw new Error(failure);
  dataDir = await mkdtemp(join(tmpdir(), 'modular-gateway-start-'));
});
afterEach(async () => {
  if (started?.exitCode === null && started.signalCode === null) {
    const ended = once(started, 'exit');
    started.kill('SIGKILL');
    await ended;
  }
  started = undefined;
  await dropDatabase(databaseName);
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

/** `npm start`, as npm calls it. Resolves once the gateway listens. */
async function start(env: Readonly<Record<string, string | undefined>>) {
  const child = spawn(process.execPath, [resolve('main/start.mjs')], {
    cwd: resolve('.'),
    env: {
      ...process.env,
      DISPLAY: undefined,
      WAYLAND_DISPLAY: undefined,
      ELECTRON_OVERRIDE_DIST_PATH: undefined,
      ...desktopEnvironment(dataDir, databaseName),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started = child;
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  await waitUntil(() => said.includes('"listening"') || child.exitCode !== null, {
    what: 'the gateway to listen',
  });
  return {
    said: () => said,
    firstLine: () => said.split('\n')[0] ?? '',
    async end(signal: NodeJS.Signals) {
      const ended = once(child, 'exit');
      child.kill(signal);
      expect(await ended).toEqual([0, null]);
    },
  };
}

const onLinux = process.platform === 'linux';

test.skipIf(!onLinux)(
  'without a display it says so, and runs headless with the address of its console',
  async () => {
    const gateway = await start({});
    expect(gateway.firstLine()).toBe(
      'No desktop window: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set). ' +
        'The gateway runs headless; its console opens in a browser.',
    );
    await waitUntil(() => /http:\/\/\S+\/console\//.test(gateway.said()), { what: 'the address' });
    await gateway.end('SIGTERM');
  },
);

test.skipIf(!onLinux || whyNoDisplay !== undefined)(
  'without Electron it says so, and runs headless',
  async () => {
    const display = await startDisplay();
    try {
      // An empty folder, and no network asked: an override says where it is.
      const gateway = await start({ DISPLAY: display.name, ELECTRON_OVERRIDE_DIST_PATH: dataDir });
      expect(gateway.firstLine()).toContain(`Electron is missing, there is none in ${dataDir}`);
      expect(gateway.firstLine()).toContain('runs headless');
      await gateway.end('SIGINT');
    } finally {
      await display.stop();
    }
  },
);

test.skipIf(!onLinux)('a display that does not answer is none', async () => {
  expect(await whyNoScreen({ DISPLAY: ':4711' }, 'linux')).toContain('nothing answers at the display :4711');
  expect(await whyNoScreen({ DISPLAY: 'nonsense' }, 'linux')).toContain('nonsense');
  expect(await whyNoScreen({ WAYLAND_DISPLAY: 'wayland-9', XDG_RUNTIME_DIR: '/nowhere' }, 'linux')).toContain(
    'wayland-9',
  );
  expect(await whyNoScreen({}, 'win32')).toBeUndefined();
});

describe.skipIf(!runtime || whyNoDisplay !== undefined)(
  `with Electron (${reason ?? runtime.version})`,
  () => {
    test.each(['SIGINT', 'SIGTERM'] as const)(
      'it runs the desktop app, and %s stops it in order',
      async (signal) => {
        const display = await startDisplay();
        try {
          const gateway = await start({
            DISPLAY: display.name,
            ELECTRON_OVERRIDE_DIST_PATH: dirname(runtime!.executable),
          });
          expect(gateway.said()).not.toContain('No desktop window');
          expect(gateway.said()).not.toContain(':ERROR:');
          if (process.getuid?.() === 0) expect(gateway.firstLine()).toMatch(/^Started by root/);
          await gateway.end(signal);
          expect(gateway.said()).toContain('"stopped"');
        } finally {
          await display.stop();
        }
      },
    );
  },
);
