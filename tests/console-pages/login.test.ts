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
    // Pasted into the tab that shows the sign-in page: only the part behind # changes, and nothing is loaded.
    await page.goto(link);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await opened.close();

    const second = await served.openSignedOut();
    await second.page.goto(link);
    await second.page.getByRole('alert').getByText('That link has been used').waitFor();
    await expect.poll(() => new URL(second.page.url()).hash).not.toContain('token');
    // The same one pasted once more is answered once more.
    await second.page.getByText('No password is set yet').waitFor();
    await second.page.evaluate('document.querySelector("[role=alert]").setAttribute("data-before", "")');
    await second.page.goto(link);
    await second.page
      .locator('[role=alert]:not([data-before])')
      .getByText('That link has been used')
      .waitFor();
    // A fresh link in the same tab still signs in.
    await second.page.goto(await served.makeLink());
    await second.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
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
    // A link that is pasted into the field for the password signs in as well.
    const pasted = await served.openSignedOut();
    await pasted.page.getByLabel('Password', { exact: true }).fill(await served.makeLink());
    await pasted.page.getByRole('button', { name: 'Sign in' }).click();
    await pasted.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await pasted.close();
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await opened.close();
  });

  test('what is signed in to in one tab is open in the other', async () => {
    const first = await served.openSignedOut();
    const field = first.page.getByLabel('Password', { exact: true });
    await field.waitFor();
    const second = await first.page.context().newPage();
    await second.goto(first.page.url());
    await second.getByLabel('Password', { exact: true }).fill(password);
    await second.keyboard.press('Enter');
    await second.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    // The query looks again when its tab is looked at.
    await first.page.bringToFront();
    await expect
      .poll(async () => {
        await first.page.evaluate('window.dispatchEvent(new Event("visibilitychange"))');
        return first.page.getByRole('heading', { level: 1, name: 'Overview' }).count();
      })
      .toBe(1);
    await first.close();
  });

  test('a page that finds no gateway at first connects by itself', async () => {
    const opened = await served.openSignedOut();
    const { page } = opened;
    let answers = 0;
    await page.route('**/console/session', async (route) => {
      answers += 1;
      if (answers === 1) await route.fulfill({ status: 200, body: '<h1>Back soon</h1>' });
      else if (answers === 2) await route.fulfill({ status: 503, json: { success: false, error: 'x' } });
      else await route.continue();
    });
    await page.reload();
    await page.getByRole('status').getByText('Connecting').waitFor();
    await page.getByLabel('Password', { exact: true }).waitFor();
    expect(answers).toBeGreaterThan(2);
    await opened.close();
  });

  test('too many guesses are told to wait', async () => {
    const opened = await served.openSignedOut();
    const { page } = opened;
    // All within a moment: on a slow machine, guesses typed one by one are spread over more than the minute they are
    // counted in.
    await Promise.all(
      Array.from({ length: 20 }, (_, guess) =>
        page.request.post(`${served.gateway.origin}/console/login`, {
          data: { password: `guess number ${guess}` },
          headers: { Origin: served.gateway.origin },
        }),
      ),
    );
    await page.getByLabel('Password', { exact: true }).fill('one guess more');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('Too many attempts');
    await opened.close();
  });
});
