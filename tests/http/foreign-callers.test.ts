import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeTable } from '../../main/gateway/http/route-table';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

let gateway: TestGateway;
let tenant: TestTenant;
beforeAll(async () => {
  gateway = await startGateway({
    env: { TRUSTED_SOURCES: '127.0.0.1=*', ALLOWED_HOSTS: 'gateway.example.com', ALLOWED_ORIGINS: '*' },
  });
  tenant = await gateway.addTenant({ customerId: 'ACC001' });
});
afterAll(() => gateway.stop());

/** fetch would not let a test say who asks, and by which name. */
function ask(path: string, headers: Readonly<Record<string, string>>, method = 'GET') {
  return new Promise<{ status: number; cors: string | undefined }>((resolve, reject) => {
    request(`${gateway.origin}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve({
        status: response.statusCode ?? 0,
        cors: response.headers['access-control-allow-origin'],
      });
    })
      .on('error', reject)
      .end();
  });
}

describe('answers that are not for pages', () => {
  const programs = routeTable.filter(({ rule }) => rule.audience === 'programs');

  it.each(programs.map(({ method, path }) => [method.toUpperCase(), path.replace(/:\w+/g, 'x')] as const))(
    '%s %s is refused to pages of others, and no browser lets one read it',
    async (method, path) => {
      const key = { authorization: `Bearer ${tenant.apiKey}` };
      const foreign: Readonly<Record<string, string>>[] = [
        { origin: 'http://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
        { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
      ];
      for (const headers of foreign) {
        const answer = await ask(path, { ...key, ...headers }, method);
        expect(answer).toEqual({ status: 403, cors: undefined });
      }
      const preflight = { origin: 'http://evil.example', 'access-control-request-method': method };
      expect((await ask(path, preflight, 'OPTIONS')).cors).toBeUndefined();
    },
  );

  it('are served to programs, and /metrics to this machine by its own names only', async () => {
    expect((await ask('/metrics', {})).status).toBe(200);
    for (const host of ['localhost:3001', '127.0.0.1', '[::1]:1', 'gateway', 'GATEWAY.example.com.:80']) {
      expect((await ask('/metrics', { host })).status, host).toBe(200);
    }
    for (const host of ['evil.example', 'evil.example:3001', '127.0.0.1.evil.example', 'x@evil.example']) {
      expect((await ask('/metrics', { host })).status, host).toBe(403);
    }
  });
});

describe('a trusted address', () => {
  it('is believed by the names of the gateway only, whatever calls', async () => {
    for (const agent of ['curl/8', 'Mozilla/5.0', '']) {
      const headers = { host: 'evil.example', 'user-agent': agent };
      expect((await ask('/api/events?customer_id=ACC001', headers)).status).toBe(403);
    }
    const known = { host: 'gateway.example.com' };
    expect((await ask('/api/events?customer_id=ACC001', known)).status).toBe(200);
  });

  it('does not matter to a key, which is good by any name', async () => {
    const headers = { host: 'any.example', authorization: `Bearer ${tenant.apiKey}` };
    expect((await ask('/api/events', headers)).status).toBe(200);
  });
});
