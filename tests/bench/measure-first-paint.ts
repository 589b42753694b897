import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { build } from 'vite';
import { findProgram } from '../support/install-test-programs';
import type { BenchStage } from './bench-stage';
import type { BenchRow } from './bench-table';
import { runCommand } from './gateway-process';

const contentTypes: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };
const mostMs = 1_000;

/**
 * How long the console takes to its first paint in a browser that has been there before, beside a page that Vite
 * built of nothing but a heading.
 * @throws Error where no Chromium is installed
 */
export async function measureFirstPaint(stage: BenchStage, rounds: number): Promise<BenchRow[]> {
  const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
  if (executablePath === undefined) throw new Error('first paint is measured in Chromium: install it');
  const empty = await serveEmptyPage();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext({ viewport: { width: 1600, height: 1000 } });
    const { url } = await runCommand<{ url: string }>(stage.installation, 'console', 'link');
    const first = await context.newPage();
    await first.goto(`${stage.gateway.origin}/console/${new URL(url).hash}`);
    await first.getByRole('heading', { level: 1 }).waitFor({ timeout: 60_000 });
    await first.close();
    const console = `${stage.gateway.origin}/console/`;
    // The first visit of each fills the browser's cache.
    await readFirstPaint(context, console);
    await readFirstPaint(context, empty.origin);
    const ours: number[] = [];
    const baseline: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      baseline.push(await readFirstPaint(context, empty.origin));
      ours.push(await readFirstPaint(context, console));
    }
    return [
      {
        metric: 'console, first contentful paint, warm',
        unit: 'ms',
        ours,
        baseline: { what: 'an empty Vite page', values: baseline },
        target: { kind: 'at most', value: mostMs },
      },
    ];
  } finally {
    await browser.close();
    await empty.stop();
  }
}

/** ms from the navigation to the first text on the screen */
async function readFirstPaint(context: BrowserContext, url: string): Promise<number> {
  const page = await context.newPage();
  await page.goto(url);
  const paint = await page.evaluate<number>(
    `new Promise((resolve) => new PerformanceObserver((list) => {
      const entry = list.getEntriesByName('first-contentful-paint')[0];
      if (entry) resolve(entry.startTime);
    }).observe({ type: 'paint', buffered: true }))`,
  );
  await page.close();
  return paint;
}

async function serveEmptyPage(): Promise<{ readonly origin: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'modular-gateway-empty-page-'));
  const source = join(folder, 'source');
  await mkdir(source);
  await writeFile(
    join(source, 'index.html'),
    '<!doctype html><html lang="en"><body><script type="module" src="./main.js"></script></body></html>',
  );
  await writeFile(
    join(source, 'main.js'),
    "document.body.append(Object.assign(document.createElement('h1'), { textContent: 'Empty' }));",
  );
  await build({
    root: source,
    configFile: false,
    logLevel: 'error',
    build: { outDir: join(folder, 'built'), target: 'chrome120' },
  });
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    readFile(join(folder, 'built', path === '/' ? 'index.html' : path)).then(
      (body) =>
        response
          .writeHead(200, {
            'content-type': contentTypes[extname(path)] ?? 'text/html',
            'cache-control': path === '/' ? 'no-cache' : 'public, max-age=31536000, immutable',
          })
          .end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
