import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInEventTypes } from '../../main/gateway/events/catalogue/catalogue';
import { listProcesses } from '../../main/gateway/whatsapp/process-tree';
import { browserPath, startBrowser, type TestBrowser, type TestPage } from '../embed/open-test-page';
import { builtCli } from '../support/built-cli';
import { patienceMs } from '../support/patience';
import { waitUntil } from '../support/wait-until';

const picturesFolder = resolve('.cache/screenshots/demo');

/** The demo as a newcomer runs it, with a temporary folder of its own to see what it leaves. */
describe.skipIf(browserPath === undefined || process.platform === 'win32')('npm run demo', () => {
  const undo: (() => unknown)[] = [];
  let folder: string;
  let demo: ChildProcess;
  let closed: Promise<unknown[]>;
  let output = '';
  let browser: TestBrowser;
  let tab: TestPage;
  let origin: string;

  const find = (pattern: RegExp) => pattern.exec(output)?.[1];

  beforeAll(async () => {
    builtCli();
    folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    await mkdir(picturesFolder, { recursive: true });
    const environment: NodeJS.ProcessEnv = { ...process.env, TMPDIR: folder, DEMO_PACE_MS: '300' };
    // Without a display the gateway is headless on every machine: this test is of the demo, not of the window.
    for (const name of ['DISPLAY', 'WAYLAND_DISPLAY']) environment[name] = undefined;
    demo = spawn(process.execPath, ['tests/support/run-typescript.mjs', 'tests/demo/demo.ts'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    closed = once(demo, 'close');
    undo.push(async () => {
      if (demo.exitCode === null && demo.signalCode === null) demo.kill('SIGINT');
      await closed;
    });
    for (const stream of [demo.stdout, demo.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const ended = closed.then(() => Promise.reject(new Error(`the demo ended: ${output}`)));
    ended.catch(() => undefined);
    const listed = waitUntil(() => find(/Demo +(http:\S+)/), {
      what: 'the list of pages',
      timeoutMs: 90_000,
    });
    origin = await Promise.race([listed, ended]);
    browser = await startBrowser();
    undo.push(() => browser.stop());
    tab = await browser.open(origin);
  });
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  async function takePictures(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.page.emulateMedia({ colorScheme });
      await tab.page.screenshot({ path: join(picturesFolder, `${name}-${colorScheme}.png`) });
    }
  }

  it('prints its pages in a list, the console among them', () => {
    for (const name of ['Console', 'Mails', 'Webhooks', 'Phone', 'Gateway']) {
      expect(find(new RegExp(`^  ${name} +(http:\\S+)`, 'm')), name).toBeDefined();
    }
  });

  it('opens the console by the link that signs in', async () => {
    const page = await browser.browser.newPage();
    // The first load of its scripts, while the gateway starts to work.
    page.setDefaultTimeout(patienceMs);
    try {
      await page.goto(find(/Console +(http:\S+)/) ?? '', { waitUntil: 'commit' });
      await page.getByRole('navigation').first().waitFor();
      await page.waitForURL((url) => !/login|setup/.test(url.hash));
      await page.getByRole('main').getByRole('heading').first().waitFor();
      await page.screenshot({ path: join(picturesFolder, 'console.png') });
    } finally {
      await page.close();
    }
  });

  it('sends events of all eleven types, and shows each on its page', async () => {
    await waitUntil(() => [...builtInEventTypes.keys()].every((type) => output.includes(`  ${type}\n`)), {
      what: 'events of all eleven types',
    });
    await tab.page.goto(`${origin}/webhooks`);
    for (const type of builtInEventTypes.keys()) {
      await tab.page.getByRole('cell', { name: type, exact: true }).first().waitFor({ timeout: patienceMs });
    }
    await expect.poll(() => tab.page.getByText('signature is right').count()).toBeGreaterThanOrEqual(11);
    await expect.poll(() => tab.page.getByText('signature is wrong').count()).toBe(0);
    await tab.page.locator('summary').first().click();
    await tab.page.getByText('"customer_id": "DEMO"').first().waitFor();
    await takePictures('webhooks');
  });

  it('shows a mail as it looks, as text, and its attachment', async () => {
    await tab.page.goto(`${origin}/mails`);
    await tab.page
      .getByRole('link', { name: /payslip/i })
      .first()
      .click();
    await tab.page.frameLocator('iframe').getByText('Net pay').first().waitFor();
    await tab.page.locator('pre').getByText('Net pay').waitFor();
    await takePictures('mail');
    const download = tab.page.waitForEvent('download');
    await tab.page.getByRole('link', { name: /payslip-\d+\.pdf/ }).click();
    expect((await download).suggestedFilename()).toMatch(/^payslip-\d+\.pdf$/);
    await tab.page.goto(`${origin}/mails`);
    await takePictures('mails');
  });

  it('scans the code on the phone, and the messages that waited arrive there', async () => {
    await tab.page.goto(`${origin}/phone`);
    await tab.page.getByAltText('The code that the gateway shows').waitFor({ timeout: patienceMs });
    await takePictures('phone-code');
    await tab.page.getByRole('button', { name: 'Scan the code' }).click({ timeout: patienceMs });
    await tab.page.getByText('Linked device: Modular Gateway').waitFor({ timeout: patienceMs });
    await tab.page.locator('.message.ours').first().waitFor({ timeout: patienceMs });
    await tab.page
      .locator('.message.ours', { hasText: 'Document INV-' })
      .first()
      .waitFor({ timeout: patienceMs });
    await tab.page.getByText('✓✓ read').first().waitFor();
    await takePictures('phone');
  });

  it('passes on what a client writes back', async () => {
    await tab.page.getByRole('textbox', { name: 'Message' }).fill('When is it due?');
    await tab.page.getByRole('button', { name: 'Send to the business' }).click();
    await tab.page.locator('.message', { hasText: 'When is it due?' }).waitFor();
    await tab.page.goto(`${origin}/webhooks`);
    await tab.page
      .getByRole('cell', { name: 'whatsapp:message_received', exact: true })
      .waitFor({ timeout: patienceMs });
  });

  it('shows the one that fails being tried again, and then sent', async () => {
    await tab.page.goto(origin);
    const refund = tab.page.locator('tr', { hasText: 'refund:created' });
    await refund
      .getByText(/sent after 1 failed attempt/)
      .first()
      .waitFor({ timeout: patienceMs });
    await takePictures('demo');
    await tab.page.goto(`${origin}/mails`);
    await tab.page.getByRole('cell', { name: 'karabo.molefe@example.com' }).first().waitFor();
  });

  it('says nothing that a browser complains of', () => {
    expect(tab.complaints).toEqual([]);
  });

  it('refuses buttons that another site presses', async () => {
    const foreign = { origin: 'http://evil.example', 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(`${origin}/phone/unlink`, { method: 'POST', headers: foreign });
    expect(answer.status).toBe(403);
  });

  it('leaves nothing behind when Ctrl-C ends it', async () => {
    await tab.close();
    demo.kill('SIGINT');
    expect(await closed).toEqual([0, null]);
    expect(output).toMatch(/Nothing is left behind\.\n$/);
    await expect(fetch(origin)).rejects.toThrow();
    await expect(fetch(find(/Gateway +(http:\S+)/) ?? '')).rejects.toThrow();
    const left = (await listProcesses()).filter(({ command }) => command.includes(folder));
    expect(left.map(({ command }) => command)).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.startsWith('modular-gateway'))).toEqual([]);
    expect(existsSync(folder)).toBe(true);
  });
});
