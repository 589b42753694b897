import pg from 'pg';
import { chromium, type Browser, type Page } from 'playwright-core';
import { writeSetupDone } from '../../main/gateway/console/setup-state';
import { findProgram } from '../support/install-test-programs';
import type { BenchStage } from './bench-stage';
import type { BenchRow } from './bench-table';
import type { BenchTenant } from './bench-tenant';
import { runCommand } from './gateway-process';
import { singlePost } from './measure-intake';

const screen = { width: 1600, height: 1000 };
const deliveriesPerSecond = 200;
const scrollMs = 10_000;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** µs on the clock and on the processor */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * The history page in a real Chromium: how long until the first rows of a million are on the screen, beside those
 * of a thousand; and the longest task while somebody scrolls and 200 deliveries a second change.
 * @throws Error where no Chromium is installed
 */
export async function measureHistoryPage(stage: BenchStage, rounds: number): Promise<BenchRow[]> {
  const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
  if (executablePath === undefined) throw new Error('the history page is measured in Chromium: install it');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await signIn(browser, stage);
    const [long, short] = [openingOf(page, stage.history), openingOf(page, stage.shortHistory)];
    // The first of each loads the page's script and warms the database.
    await long();
    await short();
    const longMs: number[] = [];
    const shortMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      shortMs.push(await short());
      longMs.push(await long());
    }
    const longest = await longestTask(browser, page, stage);
    return [
      {
        metric: 'history page, first rows of the long history',
        unit: 'ms',
        ours: longMs,
        baseline: { what: 'of 1,000', values: shortMs },
        target: { kind: 'ratio at most', value: 1.5 },
      },
      {
        metric: `history page, longest task at ${deliveriesPerSecond} deliveries/s, scrolled`,
        unit: 'ms',
        ours: [longest.clockMs],
        target: { kind: 'at most', value: 100 },
      },
      {
        metric: 'the same, on the processor',
        unit: 'ms',
        ours: [longest.processorMs],
        target: undefined,
      },
    ];
  } finally {
    await browser.close();
  }
}

async function signIn(browser: Browser, stage: BenchStage): Promise<Page> {
  await finishSetup(stage);
  const { url } = await runCommand<{ url: string }>(stage.installation, 'console', 'link');
  const page = await browser.newPage({ viewport: screen });
  page.setDefaultTimeout(60_000);
  await page.goto(`${stage.gateway.origin}/console/${new URL(url).hash}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByRole('navigation').waitFor();
  return page;
}

/** The wizard of a new gateway stands before its pages. */
async function finishSetup(stage: BenchStage): Promise<void> {
  const url = new URL(stage.rawUrl);
  url.pathname = '/modular_gateway';
  const system = new pg.Client({ connectionString: url.href });
  await system.connect();
  try {
    await writeSetupDone({
      read: () => Promise.resolve(undefined),
      async write(name, value) {
        await system.query('insert into gateway_settings (name, value) values ($1, $2::jsonb)', [
          name,
          JSON.stringify(value),
        ]);
      },
    });
  } finally {
    await system.end();
  }
}

/** From the change of the address until the first row is drawn, ms; nothing of it is kept from the last time. */
function openingOf(page: Page, tenant: BenchTenant): () => Promise<number> {
  return async () => {
    await page.evaluate(`location.hash = '/logs'`);
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    return page.evaluate<number>(`new Promise((resolve) => {
      const startedAt = performance.now();
      const look = () => {
        if (document.querySelector('[role=grid] a[data-index="0"]')) resolve(performance.now() - startedAt);
        else requestAnimationFrame(look);
      };
      location.hash = '/history?customerId=${tenant.customerId}';
      look();
    })`);
  };
}

/** Scrolls up and down through everybody's messages while new ones come in and are sent. */
async function longestTask(browser: Browser, page: Page, stage: BenchStage) {
  const { load, hooks } = stage;
  await page.evaluate(`location.hash = '/history'`);
  await page.locator('[role=grid] a[data-index="0"]').waitFor();
  await load.call('startSteady', { ...singlePost(stage, hooks), perSecond: deliveriesPerSecond });
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
  await page.mouse.move(screen.width / 2, screen.height / 2);
  const endAt = performance.now() + scrollMs;
  for (let step = 0; performance.now() < endAt; step += 1) {
    // Four steps down and one up: forward through the pages, and back over rows that changed.
    await page.mouse.wheel(0, step % 5 === 4 ? -900 : 600);
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))');
  }
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  await load.call('stopSteady');
  await hooks.waitUntilSettled();
  return findLongestTask(trace.traceEvents);
}

/** Of the main threads of pages. @throws Error when the trace holds no task: then it says nothing */
function findLongestTask(events: readonly TraceEvent[]): { clockMs: number; processorMs: number } {
  const threads = new Set(
    events
      .filter((event) => event.name === 'thread_name' && event.args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const tasks = events.filter(
    ({ name, ph, pid, tid }) => name.endsWith('RunTask') && ph === 'X' && threads.has(`${pid}/${tid}`),
  );
  if (tasks.length === 0) throw new Error('the trace holds no task of the page');
  const longest = (of: (task: TraceEvent) => number) => Math.max(...tasks.map(of)) / 1_000;
  return { clockMs: longest(({ dur }) => dur ?? 0), processorMs: longest(({ tdur }) => tdur ?? 0) };
}
