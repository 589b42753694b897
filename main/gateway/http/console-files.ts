import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Router } from 'express';
import helmet from 'helmet';
import type { SameOrigin } from '../auth/same-origin';
import { findDist } from '../dist-folder';
import { GatewayError } from '../errors';
import { mountOpenRoute, type RouteRequest } from './mount-route';
import { setGuard } from './set-guard';
import { createStoredFiles } from './stored-files';

/** Vite puts a hash of the contents into these names. */
const assetCaching = 'public, max-age=31536000, immutable';
/** Names the assets of this version: asked for each time, and answered 304. */
const pageCaching = 'no-cache';
const contentTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json',
  webp: 'image/webp',
  woff2: 'font/woff2',
};

/** The renderer's files under /console/. */
export function createConsoleFiles(
  router: Router,
  parts: { readonly pages: SameOrigin; readonly folder?: string },
): void {
  const guard = createGuard(parts.pages);
  const files = createStoredFiles();
  const folder = parts.folder ?? join(findDist(), 'renderer');

  async function send(
    request: RouteRequest,
    response: ServerResponse,
    path: readonly string[],
    caching: string,
  ): Promise<void> {
    const name = path.at(-1) ?? '';
    const contentType = contentTypes[name.split('.').at(-1) ?? ''];
    // One name, no way up: `..` and separators are none of its characters.
    const isName = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(name);
    const found = isName && contentType !== undefined ? await files.find(join(folder, ...path)) : undefined;
    if (!found || contentType === undefined) throw notFound(path);
    response.setHeader('Cache-Control', caching);
    files.send(request, response, found, contentType);
  }

  mountOpenRoute(router, 'GET /console', undefined, async ({ request, response }) => {
    await setGuard(guard, request, response);
    if (request.path === '/console') {
      const query = request.originalUrl.split('?')[1];
      response.redirect(307, `console/${query === undefined ? '' : `?${query}`}`);
      return;
    }
    await send(request, response, ['index.html'], pageCaching);
  });
  mountOpenRoute(router, 'GET /console/assets/:file', undefined, async ({ request, response }) => {
    await setGuard(guard, request, response);
    await send(request, response, ['assets', String(request.params['file'])], assetCaching);
  });
}

function notFound(path: readonly string[]): GatewayError {
  return path[0] === 'index.html'
    ? new GatewayError(
        'console_missing',
        'This gateway was built without its console: npm run build makes it.',
        404,
      )
    : new GatewayError('not_found', `There is no /console/${path.join('/')} here.`, 404);
}

type Guard = (request: IncomingMessage, response: ServerResponse, next: (thrown?: unknown) => void) => void;

/** Nothing but the renderer's own files and this gateway's sockets; no page may frame it. */
function createGuard(pages: SameOrigin): Guard {
  const guard = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // Mantine sets styles at elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        manifestSrc: ["'self'"],
        // Not every browser takes a socket to the same host for 'self'.
        connectSrc: ["'self'", (request) => socketSource(pages, request)],
        // Previews of mails: srcdoc, sandboxed, under this same policy.
        frameSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Whether to use TLS is the operator's choice; a browser must not insist on it for the whole host.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  return (request, response, next) => {
    response.setHeader('Permissions-Policy', refusedAbilities);
    guard(request, response, next);
  };
}

/** What no page here needs, whatever a script on it tried. */
const refusedAbilities = [
  'camera',
  'display-capture',
  'geolocation',
  'hid',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
]
  .map((name) => `${name}=()`)
  .join(', ');

function socketSource(pages: SameOrigin, request: IncomingMessage): string {
  const host = pages.hostOf(request);
  return host === undefined ? "'self'" : `${pages.isSecure(request) ? 'wss' : 'ws'}://${host}`;
}
