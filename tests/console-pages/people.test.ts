import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConsoleLogin } from '../../main/gateway/auth/console-login';
import { createLook, type Look } from './look-at-page';
import { browserPath, openConsole, type ConsoleWindow, type TestConsole } from './open-console';

const password = 'correct horse battery';
const own = 'nine dry flamingos';
/** Where to keep pictures for whoever looks at a change by hand. */
const shots = process.env['ROLES_SHOTS'];

async function shoot({ page }: ConsoleWindow, name: string): Promise<void> {
  if (shots === undefined) return;
  await mkdir(shots, { recursive: true });
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: `${shots}/${name}-${scheme}-${width}.png`, animations: 'disabled' });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1024, height: 700 });
}

describe.skipIf(browserPath === undefined)('people', () => {
  let served: TestConsole;
  let operator: ConsoleWindow;
  let look: Look;
  beforeAll(async () => {
    served = await openConsole();
    await served.gateway.addTenant({ customerId: 'ACC001' });
    operator = await served.openWindow();
    look = createLook(operator.page, 'people');
  });
  afterAll(() => served.stop());

  test('are invited by a link, choose a password, and see what their role may', async () => {
    const { page } = operator;
    await operator.goTo('/settings?section=people');
    await page.getByRole('heading', { name: "It's just you so far" }).waitFor();
    await look('empty');
    await shoot(operator, 'people-empty');
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByLabel('Name').fill('Thandi Nkosi');
    await page.getByLabel('Reader').check();
    await shoot(operator, 'people-invite');
    await page.getByRole('button', { name: 'Create link' }).click();
    const field = page.getByLabel('Invitation link');
    await field.waitFor();
    const link = new URL(await field.inputValue());
    expect(link.hash).toMatch(/^#\/invitation\?token=/);
    await shoot(operator, 'people-link');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('cell', { name: 'Invited' }).waitFor();

    const invited = await served.openSignedOut();
    await invited.page.goto(`${served.gateway.origin}/console/${link.hash}`);
    await invited.page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await expect.poll(() => invited.page.getByLabel('Name').inputValue()).toBe('Thandi Nkosi · Reader');
    await shoot(invited, 'invitation');
    await invited.page.getByLabel('New password', { exact: true }).fill(own);
    await invited.page.getByLabel('Confirm new password').fill(own);
    await invited.page.getByRole('button', { name: 'Save password and sign in' }).click();
    await invited.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(new URL(invited.page.url()).hash).not.toContain('token');
    await invited.page.getByText('Thandi Nkosi').waitFor();
    await expect.poll(() => invited.page.getByRole('link', { name: 'Logs' }).count()).toBe(0);
    await shoot(invited, 'reader-overview');
    for (const path of ['/tenants', '/tenants/ACC001', '/whatsapp', '/history', '/help', '/settings']) {
      await invited.goTo(path);
      await invited.page.waitForLoadState('networkidle');
      await expect.poll(() => invited.page.getByRole('alert').count(), { message: path }).toBe(0);
      await shoot(invited, `reader${path.replaceAll('/', '-')}`);
    }
    await invited.page.getByRole('heading', { name: 'Your password' }).waitFor();
    await invited.goTo('/whatsapp');
    // What to press is said to those who may.
    await invited.page.getByText('No phone is linked yet.', { exact: true }).waitFor();
    await invited.goTo('/tenants/ACC001');
    await expect.poll(() => invited.page.getByRole('tab').allInnerTexts()).toEqual(['Overview']);

    // Another role takes effect at once: they are signed out, and come back with it.
    await page.getByRole('button', { name: 'Actions for Thandi Nkosi' }).click();
    await page.getByRole('menuitem', { name: 'Change role' }).click();
    await page.getByLabel('Staff').check();
    await page.getByRole('button', { name: 'Change role' }).click();
    await invited.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await invited.page.getByLabel('Name').fill('thandi nkosi');
    await invited.page.getByLabel('Password', { exact: true }).fill(own);
    await shoot(invited, 'sign-in');
    await invited.page.getByRole('button', { name: 'Sign in' }).click();
    await invited.page.getByText('Staff', { exact: true }).waitFor();
    await look('listed');
    await shoot(operator, 'people-list');
    await operator.goTo('/settings?section=activity');
    await page.getByText("Changed a person's role").waitFor();
    await page.getByText('role: reader → staff').waitFor();
    await shoot(operator, 'activity');
    expect(invited.complaints).toEqual([]);
    await invited.close();
  });

  test('are asked about with the operator’s password once there is one, and removed', async () => {
    await createConsoleLogin(served.gateway.system).setPassword(password);
    const window = await served.openWindow();
    const { page } = window;
    await window.goTo('/settings?section=people');
    await page.getByRole('button', { name: 'Actions for Thandi Nkosi' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Confirm your password' });
    await dialog.getByLabel('Password', { exact: true }).fill(password);
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: "It's just you so far" }).waitFor();
    await window.close();
  });

  test('every look was readable', () => {
    expect(look.problems).toEqual([]);
  });
});
