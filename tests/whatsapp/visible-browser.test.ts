import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstalledBrowsers } from '../../main/gateway/whatsapp/installed-browsers';
import { listProcesses } from '../../main/gateway/whatsapp/process-tree';
import { folderExists } from '../../main/gateway/whatsapp/profile-folder';
import { waitUntil } from '../support/wait-until';
import { createWhatsAppHarness, type WhatsAppHarness } from './whatsapp-harness';

/** The X server without a screen of Debian's package xvfb; Windows and macOS always have a screen. */
const xvfb = ['/usr/bin/Xvfb', '/usr/local/bin/Xvfb'].find((path) => existsSync(path));

let server: ChildProcess | undefined;
let harness: WhatsAppHarness;

/** Starts an X server on a display of its own choice. @returns its name, such as `:3` */
async function startDisplay(executable: string): Promise<string> {
  server = spawn(executable, ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  let written = '';
  server.stdio[3]?.on('data', (chunk: Buffer) => (written += chunk.toString()));
  await waitUntil(() => written.includes('\n'), { what: 'Xvfb to choose its display' });
  return `:${written.trim()}`;
}

beforeAll(async () => {
  if (xvfb === undefined) return;
  const display = await startDisplay(xvfb);
  harness = await createWhatsAppHarness({
    browsers: createInstalledBrowsers({ env: { ...process.env, DISPLAY: display } }),
  });
});
afterAll(async () => {
  if (xvfb === undefined) return;
  await harness.stop();
  const ended = new Promise((resolve) => server?.once('exit', resolve));
  server?.kill();
  await ended;
});

const browserOf = async () => {
  const profile = join(harness.dataDir, 'whatsapp', 'ACC001', 'session-installed');
  const [browser] = (await listProcesses()).filter(
    ({ command }) => command.includes(`--user-data-dir=${profile}`) && !command.includes('--type='),
  );
  return browser;
};

test.skipIf(xvfb === undefined)(
  'pairs in a window of the installed browser, and stays with that browser without one',
  async () => {
    expect(harness.sessions.canPairVisibly()).toBe(true);
    const phone = harness.simulator.createPhone('27821110001');
    await harness.sessions.connect('ACC001', { method: 'visible' });
    await harness.waitForStatus('ACC001', 'qr_ready');
    expect((await browserOf())?.command).not.toContain('--headless');
    await harness.scan('ACC001', phone);
    expect(await harness.sessions.status('ACC001')).toMatchObject({ browser: 'installed' });

    await harness.restart();
    await harness.sessions.start(['ACC001']);
    await harness.waitForStatus('ACC001', 'ready');
    expect((await browserOf())?.command).toContain('--headless');
    expect(harness.changes.filter(({ kind }) => kind === 'qr_generated')).toHaveLength(1);

    await harness.sessions.logout('ACC001');
    expect(await folderExists(join(harness.dataDir, 'whatsapp', 'ACC001', 'session-installed'))).toBe(false);
    expect(await harness.sessions.status('ACC001')).toMatchObject({ browser: 'own', status: 'logged_out' });
  },
);
