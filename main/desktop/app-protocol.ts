import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { protocol } from 'electron';
import { findDist } from '../gateway/dist-folder';
import { findPageFile } from './page-files';

/** Where the console's pages come from in the desktop: a scheme of the app's own, from its own archive. */
const consoleScheme = 'app';
export const consoleOrigin = `${consoleScheme}://console`;
export const consolePage = `${consoleOrigin}/index.html`;

/**
 * Nothing from elsewhere, and no script but the app's own files. Styles may stand in the page: the component
 * library writes them there. A mail is shown in a frame of `srcdoc`, which inherits all of this.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** To be called before Electron is ready. */
export function registerConsoleScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: consoleScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Answers `app://console/…` with the files of dist/renderer, and anything else with 404. */
export function serveConsolePages(): void {
  const folder = join(findDist(), 'renderer');
  protocol.handle(consoleScheme, async (request) => {
    const file = request.method === 'GET' ? findPageFile(folder, request.url, consoleOrigin) : undefined;
    if (!file) return new Response('There is no such page.', { status: 404, headers });
    try {
      const body = await readFile(file.path);
      return new Response(body, { headers: { ...headers, 'Content-Type': file.contentType } });
    } catch {
      return new Response('There is no such page.', { status: 404, headers });
    }
  });
}
