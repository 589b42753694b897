import { createHash, randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createElectronBrowsers } from '../../main/desktop/electron-browsers';
import { createInstalledBrowsers } from '../../main/gateway/whatsapp/installed-browsers';
import { listProcesses } from '../../main/gateway/whatsapp/process-tree';
import { folderExists } from '../../main/gateway/whatsapp/profile-folder';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { waitUntil } from '../support/wait-until';
import { createWhatsAppHarness, type WhatsAppHarness } from '../whatsapp/whatsapp-harness';
import { findElectron } from './electron-runtime';

const { runtime, reason } = await findElectron();

/** The unmodified library in Electron's own Chromium, through the product's port and the product's host. */
describe.skipIf(!runtime)(`WhatsApp in Electron (${reason ?? runtime.version})`, () => {
  let harness: WhatsAppHarness;
  let phone: SimulatedPhone;

  beforeAll(async () => {
    const failure = inject('buildFailure');
    if (failure !== undefined) throw new Error(failure);
    harness = await createWhatsAppHarness({
      browsers: createElectronBrowsers({
        executablePath: runtime!.executable,
        appPath: resolve('.'),
        chromeVersion: runtime!.chromeVersion,
        // As the desktop app is started in the tests: without a display, and as whoever runs them.
        argv: [runtime!.executable, resolve('.'), '--no-sandbox', '--ozone-platform=headless'],
        // A gateway that itself runs as Node inside Electron must not hand that on.
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
        installed: createInstalledBrowsers(),
      }),
    });
  });
  afterAll(async () => {
    await harness.stop();
  });

  const kinds = () => harness.changes.map(({ kind }) => kind);

  async function sendText(text: string): Promise<void> {
    const link = await harness.sessions.waitForTransport('ACC001', 60_000);
    const sent = await link!.send('27830000001@c.us', { kind: 'text', text });
    expect(sent.ack).toBeGreaterThanOrEqual(1);
    expect(phone.received.at(-1)).toMatchObject({ remote: '27830000001@c.us', body: text });
  }

  test('a scan of the shown picture pairs it', async () => {
    phone = await harness.pair('ACC001', '27821110001');
    expect(await harness.sessions.status('ACC001')).toMatchObject({
      status: 'ready',
      browser: 'own',
      phone: '27821110001',
    });
    const pid = await harness.browserPid('ACC001');
    const browser = (await listProcesses()).find((entry) => entry.pid === pid);
    expect(browser?.command).toContain(runtime!.executable);
    expect(browser?.command).toContain('--whatsapp-host');
  });

  test('a text is at the server when it is called sent, and a document arrives whole', async () => {
    await sendText('Sent from Electron');
    const bytes = randomBytes(1024 * 1024);
    const transport = harness.sessions.transportOf('ACC001')!;
    const sent = await transport.send('27830000001@c.us', {
      kind: 'document',
      base64: bytes.toString('base64'),
      mimeType: 'application/pdf',
      filename: 'Payslip.pdf',
      caption: 'Your payslip',
    });
    expect(await transport.findMessage(sent.messageId)).toMatchObject({
      kind: 'document',
      filename: 'Payslip.pdf',
      body: 'Your payslip',
    });
    expect(sent.ack).toBeGreaterThanOrEqual(1);
    const { fields } = phone.received.at(-1)!;
    expect(fields).toMatchObject({ filename: 'Payslip.pdf', caption: 'Your payslip' });
    expect([...harness.simulator.uploads.values()]).toContainEqual({
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  test('a stop closes it cleanly, and after the restart nobody has to scan', async () => {
    harness.changes.length = 0;
    const old = await harness.browserPid('ACC001');
    await harness.restart();
    expect((await listProcesses()).map(({ pid }) => pid)).not.toContain(old);
    // Kept only of a profile whose browser has ended by itself, with exit code 0.
    expect(await folderExists(join(harness.dataDir, 'whatsapp', 'ACC001', 'snapshot'))).toBe(true);

    await harness.sessions.start(['ACC001']);
    await harness.waitForStatus('ACC001', 'ready');
    await sendText('After the restart');
    expect(kinds()).not.toContain('qr_generated');
  });

  test('a killed browser is started again, and sends again without a scan', async () => {
    harness.changes.length = 0;
    const killed = await harness.browserPid('ACC001');
    process.kill(killed, 'SIGKILL');
    await waitUntil(() => kinds().includes('client_disconnected'), { what: 'the end to be noticed' });
    await harness.waitForStatus('ACC001', 'ready');
    expect(await harness.browserPid('ACC001')).not.toBe(killed);
    await sendText('After the kill');
    expect(kinds()).not.toContain('qr_generated');
  });

  test('a logout leaves neither processes nor a profile behind', async () => {
    await harness.sessions.logout('ACC001');
    await expect.poll(() => phone.isOnline).toBe(false);
    expect(await harness.sessions.status('ACC001')).toMatchObject({ status: 'logged_out' });
    const folder = join(harness.dataDir, 'whatsapp', 'ACC001');
    expect(await folderExists(join(folder, 'session'))).toBe(false);
    await waitUntil(
      async () => (await listProcesses()).every(({ command }) => !command.includes(harness.dataDir)),
      { what: 'every process of the browser to be gone' },
    );
  });
});
