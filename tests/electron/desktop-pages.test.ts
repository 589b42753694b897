import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findAccessProblems } from '../console-pages/open-console';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { findElectron } from './electron-runtime';
import { inMain } from './in-main';
import { launchDesktop, type LaunchedDesktop } from './launch-desktop';
import { startDisplay, whyNoDisplay, type Display } from './start-display';

const { runtime, reason } = await findElectron();
const whySkipped = reason ?? whyNoDisplay;
const artifacts = resolve('artifacts', 'screenshots');

describe.skipIf(whySkipped !== undefined)(
  `the pages of the console in the desktop's window (${whySkipped ?? runtime!.version})`,
  () => {
    let mails: MailCatcher;
    let display: Display;
    let desktop: LaunchedDesktop;

    beforeAll(async () => {
      mails = await startMailCatcher();
      display = await startDisplay();
      desktop = await launchDesktop({
        display,
        env: {
          SYSTEM_SMTP_HOST: mails.host,
          SYSTEM_SMTP_PORT: String(mails.port),
          SYSTEM_SMTP_FROM_EMAIL: 'office@example.com',
        },
      });
      await mkdir(artifacts, { recursive: true });
    });
    afterAll(async () => {
      await desktop.stop();
      await display.stop();
      await mails.stop();
    });

    const heading = (name: string) =>
      desktop.page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    const press = (name: string) => desktop.page.getByRole('button', { name, exact: true }).click();
    const goTo = (name: string) =>
      desktop.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
    /** As the window shows it, in the colours that a person chooses. */
    async function look(name: string): Promise<void> {
      for (const theme of ['light', 'dark'] as const) {
        await desktop.ask('desktop.setPreferences', { theme });
        await desktop.page
          .locator(`html[data-mantine-color-scheme="${theme}"]`)
          .waitFor({ state: 'attached' });
        await desktop.page.screenshot({ path: join(artifacts, `desktop-${name}-${theme}.png`) });
      }
      await desktop.ask('desktop.setPreferences', { theme: 'system' });
      expect(await findAccessProblems(desktop.page), name).toEqual([]);
      // The system's colours again, which the preference stands for.
      await desktop.page.emulateMedia({ colorScheme: null });
    }

    test('the first steps lead to a tenant whose event is delivered', async () => {
      await heading('Welcome');
      await look('wizard');
      await desktop.page.getByLabel('Gateway name').fill('Front office');
      await press('Next');
      await heading('Connect your application');
      await press('Next');
      await heading('Where to store messages');
      await press('Next');
      await heading('Mail account');
      await press('Next');
      await heading('Your first tenant');
      await desktop.page.getByLabel('Customer ID').fill('ACC001');
      await desktop.page.getByLabel('Name').fill('Karoo Dental');
      await press('Add tenant');
      await heading('Connect your application');
      const snippet = await desktop.page.getByRole('group', { name: 'PHP example' }).innerText();
      const key = /mgw_[A-Za-z0-9_-]{43}/.exec(snippet)?.[0] ?? '';
      const { port } = await desktop.ask('gateway.info', {});
      const answer = await fetch(`http://127.0.0.1:${port}/api/events`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
        body: JSON.stringify({
          event_type: 'invoice:sent',
          event_data: {
            invoice_id: 7,
            invoice_number: 'INV-7',
            total_amount: '1500.00',
            client_email: 'lindiwe@example.com',
          },
        }),
      });
      expect(answer.status).toBe(202);
      await desktop.page.getByText('Your application is connected').waitFor();
      const { parsed } = await mails.waitForMail((mail) => mail.to.includes('lindiwe@example.com'));
      // As from a server, though Electron's ICU has other separators than Node's.
      expect(parsed.subject).toBe('Invoice INV-7 for R 1 500,00 from Karoo Dental');
      await press('Next');
      await heading("You're all set");
      await press('Open overview');
      await heading('Overview');
      await look('overview');
    });

    test.each(['Tenants', 'WhatsApp', 'Logs', 'Settings'])(
      '%s opens, and everybody can use it',
      async (name) => {
        await goTo(name);
        await heading(name);
        await look(name.toLowerCase());
      },
    );

    test('the mail is found in the history, and shown as it looked', async () => {
      await goTo('History');
      await heading('History');
      await desktop.page.getByRole('link', { name: /to lindiwe@example\.com, Sent/ }).click();
      await heading('Invoice sent to lindiwe@example.com');
      const mail = desktop.page.frameLocator('iframe').getByText('Your invoice is ready');
      await mail.waitFor();
      await look('delivery');
    });

    test('a menu of the app opens a page', async () => {
      const opened = desktop.page.waitForEvent('framenavigated');
      await inMain(desktop.app, ({ Menu }) => {
        const items = Menu.getApplicationMenu()?.items.flatMap((item) => item.submenu?.items ?? []) ?? [];
        (items.find(({ label }) => label === 'History')!.click as () => void)();
      });
      await opened;
      await heading('History');
    });
  },
);
