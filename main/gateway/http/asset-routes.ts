import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Router } from 'express';
import { GatewayError } from '../errors';
import { mountOpenRoute } from './mount-route';
import { createStoredFiles } from './stored-files';

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

/** The scripts and styles for the PHP app's pages: public, the same for everybody. */
export function createAssetRoutes(parts: AssetParts = {}): Router {
  const router = Router();
  const files = createStoredFiles();
  for (const { path, contentType } of assets) {
    mountOpenRoute(router, `GET /assets/${path}`, undefined, async ({ request, response }) => {
      const file = await files.find(join(parts.folder ?? findAssets(), path));
      if (!file) {
        throw new GatewayError(
          'asset_missing',
          `${path} is not there: this gateway was not built completely.`,
          503,
        );
      }
      response.setHeader('Cache-Control', `public, max-age=${cacheSeconds}`);
      // Pages of other origins are who these are for.
      response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
      files.send(request, response, file, contentType);
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
