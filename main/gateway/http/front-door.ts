import { Router } from 'express';
import { GatewayError } from '../errors';
import { mountOpenRoute, type RouteRequest } from './mount-route';

/**
 * `GET /`: whoever types the address into a browser is led to a page; programs hear that there is nothing here.
 * @param page relative: a proxy may have put the gateway below a path of its own
 */
export function createFrontDoor(page: 'console/' | 'docs'): Router {
  const router = Router();
  mountOpenRoute(router, 'GET /', undefined, ({ request, response }) => {
    response.setHeader('Vary', 'Accept');
    if (!asksForPage(request)) {
      throw new GatewayError('not_found', `There is no ${request.method} / here.`, 404);
    }
    response.setHeader('Cache-Control', 'no-store');
    response.redirect(307, page);
  });
  return router;
}

/** Browsers name `text/html` when somebody opens an address; programs name JSON, or anything at all. */
function asksForPage({ headers }: RouteRequest): boolean {
  return (headers.accept ?? '').split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === 'text/html' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
