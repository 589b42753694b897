import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateLimitState } from '../auth/limit-windows';
import { RateLimitError } from '../auth/rate-limits';
import { databaseAway, errorText, GatewayError, isDatabaseAway } from '../errors';
import type { Logger } from '../observability/logger';
import { reserveAnswerMemory } from './answer-memory-quota';
import { endWhenReceived } from './end-when-received';

/** What is not there now may be in a moment. */
const retryAfterSeconds = 5;

/**
 * Answers with JSON; nothing is sniffed, nothing is kept by caches. A request that has not come in as a whole is
 * answered too, and its connection closed.
 */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  const isReceived = hasArrived(response.req);
  // A body that is not read to its end would be taken for the next request.
  if (!isReceived) response.setHeader('Connection', 'close');
  const payload = JSON.stringify(body);
  reserveAnswerMemory(response, payload.length);
  if (status === 503 && !response.hasHeader('Retry-After'))
    response.setHeader('Retry-After', retryAfterSeconds);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(payload),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  // As a text it leaves together with the head, in one write.
  if (isReceived) response.end(payload);
  else endWhenReceived(response.req, response, payload);
}

/** Answered in the moment in which its head was read, even a request without a body does not count as complete. */
function hasArrived(request: IncomingMessage): boolean {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  return request.complete || (encoding === undefined && Number(length ?? 0) === 0);
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
  sendJson(response, error.httpStatus, {
    success: false,
    error: error.message,
    code: error.code,
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

function toGatewayError(thrown: unknown, logger: Logger, route: string): GatewayError {
  if (isDatabaseAway(thrown)) {
    logger.warn('request.database_unreachable', 'request failed: the database is unreachable', {
      route,
      error: errorText(thrown),
    });
    return databaseAway(thrown);
  }
  // Express and its router mark what the client got wrong with a 4xx status.
  const status =
    typeof thrown === 'object' && thrown !== null && 'status' in thrown ? Number(thrown.status) : 500;
  if (status >= 400 && status < 500) {
    return new GatewayError('bad_request', 'The request could not be understood.', status);
  }
  logger.error('request.failed', 'request failed', {
    route,
    error: errorText(thrown),
    stack: thrown instanceof Error ? thrown.stack : undefined,
  });
  return new GatewayError('internal_error', 'Something went wrong in the gateway; its log says more.', 500);
}
