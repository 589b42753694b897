import cors, { type CorsOptions } from 'cors';
import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  type Router,
  type Request,
} from 'express';
import { GatewayError } from '../errors';
import { createAuditRoutes } from './audit-routes';
import { createAuthRoutes } from './auth-routes';
import { createDatabaseRoutes } from './database-routes';
import { createDocsRoutes } from './docs-routes';
import { createEventRoutes } from './event-routes';
import { createHealthRoutes } from './health-routes';
import { createHistoryRoutes } from './history-routes';
import type { HttpParts } from './http-parts';
import { isForPages } from './route-rules';
import { sendError } from './send-json';

/**
 * The HTTP edge. Everything it answers is JSON, errors and unknown paths included.
 * @param furtherRoutes of the rooms that not every gateway has (WhatsApp, assets, console)
 */
export function createApplication(parts: HttpParts, furtherRoutes: readonly Router[] = []): Express {
  const application = express();
  application.disable('x-powered-by');
  application.disable('etag');
  application.set('query parser', 'simple');
  application.use(createCors(parts));
  application.use(createEventRoutes(parts));
  application.use(createHealthRoutes(parts));
  application.use(createAuthRoutes(parts));
  application.use(createHistoryRoutes(parts));
  application.use(createAuditRoutes(parts));
  application.use(createDatabaseRoutes(parts));
  application.use(createDocsRoutes());
  for (const routes of furtherRoutes) application.use(routes);
  application.use(refuseUnknownPath);
  application.use(createErrorHandler(parts));
  return application;
}

/**
 * Pages may read what is for pages. Only browsers send Origin; programs do not pay for it. Tokens, not cookies, say
 * who calls: no credentials.
 */
function createCors(parts: HttpParts): RequestHandler {
  const options: CorsOptions = {
    methods: ['GET', 'POST', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-API-Key', 'X-Customer-ID'],
    exposedHeaders: ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'Retry-After'],
    maxAge: 600,
  };
  const handle = cors<Request>((request, answer) => {
    const isAdmitted = parts.pageOrigins.admit(request);
    answer(null, { ...options, origin: isAdmitted && (parts.pageOrigins.allowed === '*' ? '*' : true) });
  });
  return (request, response, next) => {
    // Before it asks, a browser asks whether it may.
    const method =
      request.method === 'OPTIONS' ? request.headers['access-control-request-method'] : request.method;
    if (request.headers.origin === undefined || !isForPages(method ?? 'GET', request.path)) next();
    else handle(request, response, next);
  };
}

const refuseUnknownPath: RequestHandler = (request) => {
  throw new GatewayError('not_found', `There is no ${request.method} ${request.path} here.`, 404);
};

function createErrorHandler(parts: HttpParts): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown: unknown, request, response, _next) => {
    sendError(response, thrown, parts.logger, `${request.method} ${request.path}`);
  };
}
