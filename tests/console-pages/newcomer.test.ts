import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { phpPath } from '../php/start-php';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import { findFreePort } from '../support/find-free-port';
import { waitUntil } from '../support/wait-until';
import { browserPath, findAccessProblems, screenSizes, takeScreenshots } from './open-console';
import { serveGateway, type ServedGateway } from './serve-gateway';

const customerId = 'ACC001';

describe.skipIf(browserPath === undefined || phpPath === undefined)(
  'a newcomer, from the first start to messages delivered, found and sent again',
  () => {
    let mails: MailCatcher;
    let simulator: WhatsAppSimulator;
    let gateway: ServedGateway;
    let browser: Browser;
    let page: Page;
    let secondPort: number;
    let snippet: string;

    beforeAll(async () => {
      mails = await startMailCatcher();
      secondPort = await findFreePort();
      simulator = await createWhatsAppSimulator();
      gateway = await serveGateway({
        name: 'newcomer',
        env: { WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `'${arg}'`).join(' ') },
      });
      browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
      const context = await browser.newContext({
        viewport: screenSizes.small,
        locale: 'en-ZA',
        reducedMotion: 'reduce',
      });
      page = await context.newPage();
      await page.goto(gateway.consoleLink);
    });
    afterAll(async () => {
      await browser.close();
      await gateway.stop();
      await simulator.stop();
      await mails.stop();
    });

    const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
    const next = () => page.getByRole('button', { name: 'Next', exact: true }).click();
    const goTo = (name: string) =>
      page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
    /** As the PHP application does, with the key of its snippet. */
    async function postInvoice(data: Readonly<Record<string, unknown>>): Promise<void> {
      const key = /mgw_[A-Za-z0-9_-]{43}/.exec(snippet)?.[0] ?? '';
      const response = await fetch(`http://127.0.0.1:${secondPort}/api/events`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
        body: JSON.stringify({
          event_type: 'invoice:sent',
          event_data: { invoice_id: 8, invoice_number: 'INV-8', total_amount: '1500.00', ...data },
        }),
      });
      expect(response.status, await response.text()).toBe(202);
    }
    async function look(name: string): Promise<void> {
      await takeScreenshots(page, `newcomer-${name}`);
      expect(await findAccessProblems(page), name).toEqual([]);
    }

    test('is welcomed by the wizard, and names the gateway', async () => {
      await heading('Welcome');
      await look('1-name');
      await page.getByLabel('Gateway name').fill('Front office');
      await next();
    });

    test('is told when a port is taken, and takes a free one', async () => {
      await heading('Connect your application');
      const port = page.getByLabel('Port', { exact: true });
      await port.fill(String(mails.port));
      await page.getByText(`Another program listens on port ${mails.port}`).waitFor();
      await expect.poll(() => page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);
      await port.fill(String(secondPort));
      await page.getByText(`Port ${secondPort} is free.`).waitFor();
      const application = page.getByLabel("Your application's address");
      await application.fill('not an address');
      await page.getByText('Enter the address of a web page.').waitFor();
      await application.fill('https://shop.example.com/invoices?page=2');
      await look('2-network');
      await next();
    });

    test('sees that the database is set already', async () => {
      await heading('Where to store messages');
      await page.getByText("This is set in the gateway's environment").waitFor();
      await look('3-database');
      await next();
    });

    test('tries the mail account with a real mail', async () => {
      await heading('Mail account');
      await page.getByLabel('Mail server').fill('127.0.0.1');
      await page.getByLabel('Port', { exact: true }).fill(String(mails.port));
      await page.getByLabel('Always encrypt').uncheck({ force: true });
      await page.getByLabel("Sender's address").fill('office@example.com');
      // One that fails is not saved unless somebody says so, and says why in words that are on the page.
      await page.getByLabel('Send a test email to').fill('ann@example.com');
      await page.getByLabel('Port', { exact: true }).fill('1');
      await page.getByRole('button', { name: 'Send test email' }).click();
      await page.getByRole('alert').getByText('refuses connections').waitFor();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('The test failed, so nothing was saved').waitFor();
      await page.getByRole('button', { name: 'Save anyway' }).waitFor();
      await page.getByLabel('Port', { exact: true }).fill(String(mails.port));
      await page.getByText('The test failed, so nothing was saved').waitFor({ state: 'detached' });
      await page.getByLabel('Send a test email to').fill('ann@example.com');
      await page.getByRole('button', { name: 'Send test email' }).click();
      const mail = await mails.waitForMail((one) => one.to.includes('ann@example.com'));
      expect(mail.from).toBe('office@example.com');
      await page.getByText('The mail server accepted the mail for ann@example.com.').waitFor();
      await look('4-mail');
      await next();
    });

    test('restarts, and finds the gateway at its new address', async () => {
      await heading('Restart to apply');
      await look('5-restart');
      await page.getByRole('button', { name: 'Restart now' }).click();
      const moved = page.getByRole('link', { name: `:${secondPort}/console/` });
      await moved.waitFor();
      await waitUntil(async () => (await fetch(`http://127.0.0.1:${secondPort}/health`)).status === 200, {
        what: 'the gateway at its new port',
      });
      const answer = await fetch(`http://127.0.0.1:${secondPort}/api/event-types`, {
        headers: { origin: 'https://shop.example.com' },
      });
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
      // Sessions belong to an address: at the new one, somebody signs in again by the link that is printed.
      const link = await waitUntil(() => [...gateway.printed().matchAll(/^console: (\S+)$/gm)][1]?.[1], {
        what: 'the new address of the console',
      });
      await page.goto(link);
      await heading('Welcome');
      await page.goto(link.replace(/#.*/, '#/setup?step=tenant'));
      await heading('Your first tenant');
    });

    test('adds a tenant, and gets its key once with the snippet to paste', async () => {
      await page.getByLabel('Customer ID').fill(customerId);
      await page.getByLabel('Name').fill('Karoo Dental');
      await page.getByRole('button', { name: 'Add tenant' }).click();
      await heading('Connect your application');
      await page.getByText('Waiting for your application to connect…').waitFor();
      snippet = await page.getByRole('group', { name: 'PHP example' }).innerText();
      expect(snippet).toContain(`:${secondPort}`);
      await look('6-tenant');
    });

    test('pastes the snippet into PHP: the wizard says that it came through, and the mail arrives', async () => {
      const file = join(gateway.dataDir, 'snippet.php');
      await writeFile(file, snippet);
      const { stdout } = await promisify(execFile)(phpPath ?? 'php', [file]);
      expect(JSON.parse(stdout)).toMatchObject({ success: true });
      await page.getByText('Your application is connected').waitFor();
      const mail = await mails.waitForMail((one) => one.to.includes('you@example.com'));
      expect(mail.parsed.subject).toContain('INV-7');
      await look('7-reached');
      await next();
      await heading("You're all set");
      await look('8-done');
      await page.getByRole('button', { name: 'Open overview' }).click();
    });

    test('sees that all is well, and finds the mail in the history', async () => {
      await heading('Overview');
      await page.getByText('All systems normal').waitFor();
      await page.getByText('Front office').filter({ visible: true }).first().waitFor();
      await look('9-overview');
      for (const name of ['Tenants', 'WhatsApp', 'Logs', 'Settings']) {
        await goTo(name);
        await heading(name);
        await look(`10-${name.toLowerCase()}`);
      }
      await goTo('History');
      await page.getByRole('link', { name: /to you@example\.com, Sent/ }).click();
      await page.waitForURL(/#\/history\/ACC001\/\d+/);
      await page.getByText('INV-7').first().waitFor();
      await look('11-delivery');
    });

    test('links the phone by the code on the screen, and its client gets a message', async () => {
      const phone = simulator.createPhone('27820000001');
      simulator.createPhone('27820000002');
      await goTo('WhatsApp');
      const card = page.getByRole('region', { name: 'Karoo Dental', exact: true });
      await card.getByRole('button', { name: 'Connect' }).click();
      const code = card.getByRole('img', { name: 'QR code to link Karoo Dental to WhatsApp' });
      await code.waitFor();
      await simulator.scanPicture(phone, (await code.getAttribute('src')) ?? '');
      await card.getByText('Connected', { exact: true }).waitFor();
      await postInvoice({ client_email: 'lindiwe@example.com', client_phone: '082 000 0002' });
      const message = await waitUntil(() => phone.received.find(({ body }) => body.includes('INV-8')), {
        what: 'the message at the phone',
      });
      expect(message.remote).toContain('27820000002');
      await look('12-whatsapp-connected');
    });

    test('is told of a message that failed, and sends it again', async () => {
      mails.behave({ stage: 'rcpt', recipient: 'gone@example.com', code: 550, text: '5.1.1 no such user' });
      await postInvoice({ client_email: 'gone@example.com' });
      await goTo('Overview');
      await page.getByText('1 message from Karoo Dental failed').waitFor();
      await look('13-overview-failed');
      await page.getByRole('link', { name: /^Review: 1 message from/ }).click();
      await page.getByRole('link', { name: /to gone@example\.com, Failed/ }).click();
      const happened = page.getByRole('region', { name: 'What happened' });
      await happened.getByText('Attempt 1: failed, no more retries').waitFor();
      mails.reset();
      await page.getByRole('button', { name: 'Retry now' }).click();
      await happened.getByText('Attempt 2: accepted').waitFor();
      await mails.waitForMail((one) => one.to.includes('gone@example.com'));
      await look('14-sent-again');
      await goTo('Overview');
      await page.getByText('All systems normal').waitFor();
    });
  },
);
