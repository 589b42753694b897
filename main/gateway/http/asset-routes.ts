import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Router } from 'express';
import { GatewayError } from '../errors';

const assets = [
  { path: 'js/websocket-sidebar.js', contentType: 'text/javascript; charset=utf-8' },
  { path: 'js/whatsapp-sessions.js', contentType: 'text/javascript; charset=utf-8' },
  { path: 'css/whatsapp-sessions.css', contentType: 'text/css; charset=utf-8' },
] as const;

/** An update of the gateway reaches open browsers within this time; with ETags asking again costs little. */
const cacheSeconds = 300;

export interface AssetParts {
  /** the folder with `js` and `css` in it; found by itself unless told */
  readonly folder?: string;
}

interface Variant {
  readonly body: Buffer;
  readonly etag: string;
  readonly encoding?: 'gzip';
}

interface Asset {
  readonly plain: Variant;
  readonly gzip: Variant;
}

/** The scripts and styles for the PHP app's pages: public, the same for everybody. */
export function createAssetRoutes(parts: AssetParts = {}): Router {
  const router = Router();
  const loaded = new Map<string, Asset>();
  for (const { path, contentType } of assets) {
    router.get(`/assets/${path}`, (request, response) => {
      let asset = loaded.get(path);
      if (!asset) {
        asset = loadAsset(parts.folder ?? findAssets(), path);
        loaded.set(path, asset);
      }
      sendAsset(request, response, asset, contentType);
    });
  }
  return router;
}

/** Beside the bundle's folder in dist (chunks lie one deeper); run from source, in the repository's dist. */
function findAssets(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [
    join(here, '..', 'assets'),
    join(here, '..', '..', 'assets'),
    join(here, '..', '..', '..', 'dist', 'assets'),
  ];
  return candidates.find((folder) => existsSync(join(folder, 'js'))) ?? join(here, '..', 'assets');
}

function loadAsset(folder: string, path: string): Asset {
  let body: Buffer;
  try {
    body = readFileSync(join(folder, path));
  } catch (thrown) {
    throw new GatewayError(
      'asset_missing',
      `${path} is not there: this gateway was not built completely.`,
      503,
      undefined,
      { cause: thrown },
    );
  }
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
  return {
    plain: { body, etag: `"${hash}"` },
    gzip: { body: gzipSync(body, { level: 9 }), etag: `"${hash}-gzip"`, encoding: 'gzip' },
  };
}

function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  asset: Asset,
  contentType: string,
): void {
  const { body, etag, encoding } = acceptsGzip(request) ? asset.gzip : asset.plain;
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', `public, max-age=${cacheSeconds}`);
  response.appendHeader('Vary', 'Accept-Encoding');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // Pages of other origins are who these are for.
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  if (namesTag(request.headers['if-none-match'], etag)) {
    response.statusCode = 304;
    response.end();
    return;
  }
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', body.length);
  if (encoding) response.setHeader('Content-Encoding', encoding);
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** RFC 9110 12.5.3; `gzip;q=0` refuses it. */
function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = (request.headers['accept-encoding'] ?? '').split(',');
  return accepted.some((entry) => /^\s*gzip\s*(;(?!\s*q=0(\.0*)?\s*$).*)?$/i.test(entry));
}

/** RFC 9110 13.1.2: a list of tags, compared without their `W/`. */
function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((entry) => ['*', etag].includes(entry.trim().replace(/^W\//, '')));
}
