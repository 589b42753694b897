import type { ServerResponse } from 'node:http';
import { databaseAway, errorText, GatewayError, isDatabaseAway } from '../errors';
import type { Logger } from '../logger';
import { RateLimitError, type RateLimitState } from '../tenants/rate-limits';

/** Answers with JSON; nothing is sniffed, nothing is kept by caches. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  const payload = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(payload),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  // As a text it leaves together with the head, in one write.
  response.end(payload);
}

/** The draft `RateLimit` fields (IETF httpapi-ratelimit-headers) under their widely read names. */
export function setRateLimitHeaders(response: ServerResponse, state: RateLimitState): void {
  response.setHeader('RateLimit-Limit', state.limit);
  response.setHeader('RateLimit-Remaining', state.remaining);
  response.setHeader('RateLimit-Reset', state.resetSeconds);
}

/** Every error is JSON with `error` and `code`; faults of ours are logged and not explained. */
export function sendError(response: ServerResponse, thrown: unknown, logger: Logger, route: string): void {
  if (thrown instanceof RateLimitError) {
    setRateLimitHeaders(response, thrown.state);
    response.setHeader('Retry-After', thrown.state.resetSeconds);
  }
  const error = thrown instanceof GatewayError ? thrown : toGatewayError(thrown, logger, route);
  if (error.httpStatus === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  // A body that is not read to its end would be taken for the next request.
  if (!response.req.complete) response.setHeader('Connection', 'close');
  sendJson(response, error.httpStatus, {
    success: false,
    error: error.message,
    code: error.code,
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

function toGatewayError(thrown: unknown, logger: Logger, route: string): GatewayError {
  if (isDatabaseAway(thrown)) {
    logger.warn('request met a database out of reach', { route, error: errorText(thrown) });
    return databaseAway(thrown);
  }
  // Express and its router mark what the client got wrong with a 4xx status.
  const status =
    typeof thrown === 'object' && thrown !== null && 'status' in thrown ? Number(thrown.status) : 500;
  if (status >= 400 && status < 500) {
    return new GatewayError('bad_request', 'The request could not be understood.', status);
  }
  logger.error('request failed', {
    route,
    error: errorText(thrown),
    stack: thrown instanceof Error ? thrown.stack : undefined,
  });
  return new GatewayError('internal_error', 'Something went wrong in the gateway; its log says more.', 500);
}
