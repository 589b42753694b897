import { timingSafeEqual } from 'node:crypto';
import { Router } from 'express';
import type { RequestHead } from '../auth/client-address';
import { GatewayError } from '../errors';
import { gatewayVersion } from '../version';
import type { HttpParts } from './http-parts';
import { readCredentials, refuseForeignHost } from './identify-caller';
import { mountOpenRoute } from './mount-route';
import { sendJson } from './send-json';

export function createHealthRoutes(parts: HttpParts): Router {
  const router = Router();
  mountOpenRoute(router, 'GET /health', undefined, async ({ response }) => {
    const health = await parts.health();
    sendJson(response, health.ok ? 200 : 503, {
      status: health.ok ? 'ok' : 'degraded',
      timestamp: new Date().toISOString(),
      version: gatewayVersion,
      ...(health.ok
        ? {}
        : { error: health.reason ?? 'The system database is out of reach.', code: 'database_unavailable' }),
    });
  });
  mountOpenRoute(router, 'GET /metrics', undefined, async ({ request, response }) => {
    if (!mayReadMetrics(parts, request)) {
      throw new GatewayError('unauthorized', 'Metrics are for this machine or for the metrics token.', 401);
    }
    const { contentType, text } = await parts.metrics();
    response.setHeader('Content-Type', contentType);
    response.end(text);
  });
  return router;
}

/** What proxies tell by that they are one. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

function mayReadMetrics(parts: HttpParts, request: RequestHead): boolean {
  const { bearer } = readCredentials(parts, request);
  const token = parts.config.metricsToken;
  if (bearer !== undefined && token !== undefined) return sameText(bearer, token);
  // A proxy on this machine is this machine to the socket; whoever it speaks for may be anybody.
  if (proxyHeaders.some((name) => request.headers[name] !== undefined)) return false;
  const address = parts.clientAddress(request);
  refuseForeignHost(parts, request);
  return address === '::1' || address.startsWith('127.');
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
