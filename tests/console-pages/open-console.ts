import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { inject } from 'vitest';
import type { CallInput, CallName, CallOutput } from '../../main/contracts/console/console-calls';
import { createConsoleLogin } from '../../main/gateway/auth/console-login';
import { writeSetupDone } from '../../main/gateway/console/setup-state';
import { writeGatewaySetting } from '../../main/gateway/storage/gateway-settings-store';
import { browserPath } from '../embed/open-test-page';
import { patienceMs } from '../support/patience';
import { startGateway, type TestGateway, type TestGatewayOptions } from '../support/start-gateway';

export { browserPath } from '../embed/open-test-page';

type ColorScheme = 'light' | 'dark';
type ScreenSize = keyof typeof screenSizes;

/** A telephone, the smallest office screen that the console promises to fit on, and a usual large one. */
export const screenSizes = {
  phone: { width: 390, height: 844 },
  small: { width: 1024, height: 700 },
  large: { width: 1600, height: 1000 },
} as const;

/** A fault of a page is there for longer. */
const lastingMs = 3_000;
const artifacts = resolve('artifacts/screenshots');
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export interface ConsoleWindow {
  readonly page: Page;
  /** errors of the page's console, uncaught exceptions among them */
  readonly complaints: readonly string[];
  /** Opens a page by its path: `goTo('/history?status=failed')`; ready when its h1 is there. */
  goTo(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface TestConsole {
  readonly gateway: TestGateway;
  /** a signed-in browser window, small and light unless told */
  openWindow(options?: WindowOptions): Promise<ConsoleWindow>;
  /** A window that has to sign in first. */
  openSignedOut(options?: WindowOptions): Promise<ConsoleWindow>;
  /** The address that signs in, once. */
  makeLink(): Promise<string>;
  /** What the page itself could ask. @throws Error with code and message of a problem */
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
  stop(): Promise<void>;
}

interface WindowOptions {
  readonly size?: ScreenSize;
  readonly scheme?: ColorScheme;
  /** English unless told: `af` */
  readonly locale?: string;
}

export interface TestConsoleOptions extends TestGatewayOptions {
  /** false: the wizard is shown, as at the first start */
  readonly setupDone?: boolean;
}

/**
 * A real gateway with its console in a real browser. The renderer is the one in dist, built by the test run.
 * @throws Error with the build's output when dist could not be built
 */
export async function openConsole(options: TestConsoleOptions = {}): Promise<TestConsole> {
  const failure = inject('buildFailure');
  if (failure !== undefined) throw new Error(`dist is not built: ${failure}`);
  const gateway = await startGateway(options);
  let browser: Browser | undefined;
  try {
    if (options.setupDone !== false) await finishSetup(gateway);
    browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  } catch (thrown) {
    await browser?.close();
    await gateway.stop();
    throw thrown;
  }
  return connectConsole(gateway, browser);
}

function finishSetup(gateway: TestGateway): Promise<void> {
  return writeSetupDone({
    read: () => Promise.resolve(undefined),
    write: (name, value) => writeGatewaySetting(gateway.system, name, value),
  });
}

function connectConsole(gateway: TestGateway, browser: Browser): TestConsole {
  const login = createConsoleLogin(gateway.system);
  const makeLink = async () => `${gateway.origin}/console/#/login?token=${(await login.makeLink()).token}`;

  async function openWindow(url: string, options: WindowOptions = {}): Promise<ConsoleWindow> {
    const context = await browser.newContext({
      viewport: screenSizes[options.size ?? 'small'],
      colorScheme: options.scheme ?? 'light',
      locale: options.locale ?? 'en-ZA',
      reducedMotion: 'reduce',
      acceptDownloads: true,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.setDefaultTimeout(patienceMs);
    await page.goto(url);
    return {
      page,
      complaints,
      async goTo(path) {
        await leaveFor(page, `${gateway.origin}/console/#${path}`);
      },
      close: () => context.close(),
    };
  }

  return {
    gateway,
    makeLink,
    async openWindow(options) {
      const opened = await openWindow(await makeLink(), options);
      // Signed in as soon as the frame, or the wizard, is there.
      await opened.page.waitForURL((url) => !url.hash.startsWith('#/login'));
      await opened.page.getByRole('heading', { level: 1 }).waitFor();
      return opened;
    },
    openSignedOut: (options) => openWindow(`${gateway.origin}/console/`, options),
    async call<N extends CallName>(name: N, input: CallInput<N>) {
      const answer = await gateway.gateway.console?.call(name, input, {
        actor: 'console (test)',
        windowId: 'test',
        role: 'operator',
      });
      if (!answer?.ok) throw new Error(`${name}: ${answer?.problem.code} ${answer?.problem.message}`);
      return answer.value as CallOutput<N>;
    },
    async stop() {
      await browser.close();
      await gateway.stop();
    },
  };
}

/** One component shows all addresses of a kind: `/tenants/ACC001` and `/tenants/ACC002`. */
function pageOf(url: string): string {
  const [path = ''] = new URL(url).hash.slice(1).split('?');
  const [room = '', ...rest] = path.split('/').filter((part) => part !== '');
  return `${room} ${rest.length}`;
}

/** While another page is being loaded the one before is still shown: its heading does not count. */
async function leaveFor(page: Page, url: string): Promise<void> {
  if (pageOf(page.url()) !== pageOf(url)) {
    await page.evaluate(
      `document.querySelectorAll('h1').forEach((heading) => heading.setAttribute('data-left', ''))`,
    );
  }
  await page.goto(url);
  await page.locator('h1:not([data-left])').waitFor();
}

/** `artifacts/screenshots/<name>-<light|dark>-<width>x<height>.png`, for people to look at. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  const size = page.viewportSize();
  const isDark = await page.evaluate('document.documentElement.dataset.mantineColorScheme === "dark"');
  await mkdir(artifacts, { recursive: true });
  await page.screenshot({
    path: join(artifacts, `${name}-${isDark ? 'dark' : 'light'}-${size?.width}x${size?.height}.png`),
    animations: 'disabled',
  });
}

/** By its markup: the page's policy lets nobody evaluate a text in it again and again. */
async function untilScheme(page: Page, scheme: ColorScheme): Promise<void> {
  await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor({ state: 'attached' });
  // Colours change over a frame or two, however short their transition is.
  await page.evaluate(`(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    await Promise.allSettled(
      document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished),
    );
  })()`);
}

/** In light and in dark, in each size: pictures of what the page shows now. The page keeps the last size. */
export async function takeScreenshots(
  page: Page,
  name: string,
  sizes: readonly ScreenSize[] = ['large', 'small'],
): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await untilScheme(page, scheme);
    for (const size of sizes) {
      await page.setViewportSize(screenSizes[size]);
      await takeScreenshot(page, name);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

interface AxeViolation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** What axe finds serious or critical in light and in dark, in words; empty when all is well. */
export async function findAccessProblems(page: Page): Promise<string[]> {
  const source = await readFile(axePath, 'utf8');
  const found: string[] = [];
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await untilScheme(page, scheme);
    await page.evaluate(source);
    found.push(...(await findLastingProblems(page, scheme)));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

/** A page that is still being drawn has colours of both schemes: what counts is what stays. */
async function findLastingProblems(page: Page, scheme: ColorScheme): Promise<string[]> {
  const deadline = performance.now() + lastingMs;
  for (;;) {
    const violations = await page.evaluate<AxeViolation[]>(
      'axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)',
    );
    const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    if (bad.length === 0 || performance.now() > deadline) {
      return bad.map(({ id, help, nodes }) => {
        const where = nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary ?? ''})`);
        return `${scheme}: ${id}: ${help}: ${where.slice(0, 5).join('; ')}`;
      });
    }
  }
}

/** True when nothing has to be scrolled sideways to be read. */
export async function fitsSideways(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(
    'document.documentElement.scrollWidth <= document.documentElement.clientWidth',
  );
}
