import { join } from 'node:path';
import { Router } from 'express';
import { findDist } from '../dist-folder';
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
  /** the folder with `js` and `css` in it; found automatically unless given */
  readonly folder?: string;
}

/** The scripts and styles for the PHP app's pages: public, the same for everybody. */
export function createAssetRoutes(parts: AssetParts = {}): Router {
  const router = Router();
  const files = createStoredFiles();
  const folder = parts.folder ?? join(findDist(), 'assets');
  for (const { path, contentType } of assets) {
    mountOpenRoute(router, `GET /assets/${path}`, undefined, async ({ request, response }) => {
      const file = await files.find(join(folder, path));
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
