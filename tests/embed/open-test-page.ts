import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { findProgram } from '../support/install-test-programs';
import { patienceMs } from '../support/patience';

/** Undefined where no browser is installed: `describe.skipIf(browserPath === undefined)`. */
export const browserPath = findProgram(
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
);

export interface TestBrowser {
  readonly browser: Browser;
  /** A tab of its own, with what it complained of. */
  open(url: string, options?: BrowserContextOptions): Promise<TestPage>;
  stop(): Promise<void>;
}

export interface TestPage {
  readonly page: Page;
  /** errors and warnings of the page's console, uncaught exceptions among them */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  return {
    browser,
    async open(url, options) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.setDefaultTimeout(patienceMs);
      await page.goto(url);
      return { page, complaints, close: () => context.close() };
    },
    stop: () => browser.close(),
  };
}

export interface PageServer {
  readonly origin: string;
  /** how often each path was asked for */
  readonly asked: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

type Answer = string | { readonly status: number; readonly body: object };

/**
 * A web server in the place of the PHP application: `/` and every other path in `pages` is HTML, an object is
 * answered as JSON.
 */
export async function servePages(
  pages: Readonly<Record<string, () => Answer | Promise<Answer>>>,
): Promise<PageServer> {
  const asked: Record<string, number> = {};
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    asked[path] = (asked[path] ?? 0) + 1;
    const page = pages[path];
    if (!page) {
      response.writeHead(204).end();
      return;
    }
    const content = await page();
    if (typeof content === 'string') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(content);
    } else {
      response
        .writeHead(content.status, { 'content-type': 'application/json' })
        .end(JSON.stringify(content.body));
    }
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A page with these tags in its body. */
export function htmlPage(...tags: readonly string[]): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page</title></head><body>${tags.join('')}</body></html>`;
}
