import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCpuBudget } from '../../main/gateway/auth/cpu-budget';
import { createHeavyTurns } from '../../main/gateway/concurrency/heavy-turns';
import { type GatewayError } from '../../main/gateway/errors';
import { readBody } from '../../main/gateway/http/read-body';

const limits = { bytes: 1_000_000, values: 1_000, code: 'too_much' };
/** of everything, so that whatever is parsed at its owner's cost uses it up */
const budget = createCpuBudget(0.001, 'milliseconds');
let server: Server;
let origin: string;
beforeAll(async () => {
  const turns = createHeavyTurns();
  server = createServer((request, response) => {
    const customerId = String(request.headers['x-customer']);
    readBody(request, limits, { customerId, address: '', turns, budget }).then(
      (body) => response.end(JSON.stringify({ type: typeof body })),
      (thrown: unknown) => {
        response.statusCode = (thrown as GatewayError).httpStatus;
        response.end(JSON.stringify({ code: (thrown as GatewayError).code }));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const send = async (customer: string, body: string, type = 'application/json') => {
  const headers = { 'x-customer': customer, 'content-type': type };
  const response = await fetch(origin, { method: 'POST', body, headers });
  return [response.status, await response.json()] as const;
};
const large = JSON.stringify({ text: 'ก"\\'.repeat(40_000) });

describe('a large body', () => {
  it('is read at the cost of its customer, who has to wait in the end, and nobody else', async () => {
    expect(await send('A', large)).toEqual([200, { type: 'object' }]);
    expect(await send('A', large)).toEqual([429, { code: 'rate_limited' }]);
    expect(await send('B', large)).toEqual([200, { type: 'object' }]);
    // Small ones hardly cost anything.
    expect(await send('A', '{"a":1}')).toEqual([200, { type: 'object' }]);
  });

  it('is the same however its characters fall apart on the way', async () => {
    const text = `${'ก'.repeat(30_001)}😀`.repeat(3);
    expect(await send('C', JSON.stringify({ text }))).toEqual([200, { type: 'object' }]);
    expect(await send('D', `\ufeff${JSON.stringify({ text })}`)).toEqual([200, { type: 'object' }]);
    expect(await send('E', JSON.stringify({ text }).slice(0, -1))).toEqual([400, { code: 'invalid_json' }]);
  });

  it('of more values, bytes or fields than it may have is refused', async () => {
    const many = `[${'1,'.repeat(50_000)}1]`;
    expect(await send('F', many)).toEqual([422, { code: 'too_much' }]);
    expect(await send('F', `"${'x'.repeat(1_000_001)}"`)).toEqual([413, { code: 'body_too_large' }]);
    const form = 'a=1&'.repeat(2_000);
    expect(await send('F', form, 'application/x-www-form-urlencoded')).toEqual([
      422,
      { code: 'invalid_body' },
    ]);
  });
});
