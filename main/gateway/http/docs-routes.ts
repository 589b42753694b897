import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import helmet from 'helmet';
import { GatewayError } from '../errors';
import { mountOpenRoute } from './mount-route';
import { sendJson } from './send-json';
import { setGuard } from './set-guard';

/** The only files of swagger-ui-dist that are served, and as what. */
const parts: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
]);

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Modular Gateway: calls</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="calls"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

// validatorUrl: by default the page would show the document's address to a server elsewhere.
const startScript = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#calls',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: true,
});
`;

/** Nothing but this gateway's own files and calls: no script from elsewhere could carry a key away. */
const guard = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Whether to use TLS is the operator's choice; a browser must not insist on it for the whole host.
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
});

/** The OpenAPI document, and a page to read it and try calls, from local files only. */
export function createDocsRoutes(): Router {
  const router = Router();
  let document: object | undefined;

  mountOpenRoute(router, 'GET /openapi.json', undefined, async ({ response }) => {
    // Its schemas are no part of the memory of a gateway that nobody asks.
    document ??= (await import('./openapi-document')).createOpenApiDocument();
    sendJson(response, 200, document);
  });

  mountOpenRoute(router, 'GET /docs', undefined, async ({ request, response }) => {
    await setGuard(guard, request, response);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Cache-Control', 'no-cache');
    response.end(page);
  });

  mountOpenRoute(router, 'GET /docs/:file', undefined, async ({ request, response }) => {
    await setGuard(guard, request, response);
    const file = String(request.params['file']);
    if (file === 'start.js') {
      response.setHeader('Content-Type', 'text/javascript; charset=utf-8');
      response.end(startScript);
      return;
    }
    const contentType = parts.get(file);
    const folder = contentType === undefined ? undefined : findSwaggerUi();
    if (contentType === undefined || folder === undefined) {
      throw new GatewayError('not_found', `There is no ${request.path} here.`, 404);
    }
    response.setHeader('Content-Type', contentType);
    response.setHeader('Cache-Control', 'max-age=3600');
    // A reader that goes away in the middle is no fault.
    await pipeline(createReadStream(join(folder, file)), response).catch(() => response.destroy());
  });
  return router;
}

/** Undefined where the package was left out of an installation. */
function findSwaggerUi(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  } catch {
    return undefined;
  }
}
