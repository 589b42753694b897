import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConsoleLogin } from '../../main/gateway/auth/console-login';
import {
  browserPath,
  findAccessProblems,
  openConsole,
  takeScreenshots,
  type TestConsole,
} from './open-console';

const password = 'correct horse battery';

describe.skipIf(browserPath === undefined)('signing in', () => {
  let served: TestConsole;
  beforeAll(async () => {
    served = await openConsole();
  });
  afterAll(() => served.stop());

  test('without a password it says how to get a link; a link signs in once', async () => {
    const opened = await served.openSignedOut();
    const { page } = opened;
    await page.getByText('modular-gateway console link').waitFor();
    await takeScreenshots(page, 'login-no-password');
    const link = await served.makeLink();
    await page.goto(link);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await opened.close();

    const second = await served.openSignedOut();
    await second.page.goto(link);
    await second.page.reload();
    await second.page.getByRole('alert').getByText('That link has been used').waitFor();
    expect(new URL(second.page.url()).hash).not.toContain('token');
    await second.close();
  });

  test('with a password: a wrong one is refused, the right one lets in, signing out is said', async () => {
    await createConsoleLogin(served.gateway.system).setPassword(password);
    const opened = await served.openSignedOut();
    const { page } = opened;
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('That is not the password of this console.').waitFor();
    await takeScreenshots(page, 'login-refused');
    expect(await findAccessProblems(page)).toEqual([]);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await opened.close();
  });

  test('too many guesses are told to wait', async () => {
    const opened = await served.openSignedOut();
    const { page } = opened;
    const field = page.getByLabel('Password', { exact: true });
    const button = page.getByRole('button', { name: 'Sign in' });
    for (let guess = 0; guess < 12; guess += 1) {
      await field.fill(`guess number ${guess}`);
      await button.click();
      await page.getByRole('alert').waitFor();
      await button.and(page.locator(':not([data-loading])')).waitFor();
      if ((await page.getByText('Too many attempts').count()) > 0) break;
    }
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Too many attempts');
    await opened.close();
  });
});
