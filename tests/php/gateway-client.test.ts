import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { phpPath, runPhp } from './start-php';

const php = (value: unknown) =>
  `json_decode(base64_decode('${Buffer.from(JSON.stringify(value)).toString('base64')}'), true)`;
const invoice = {
  invoice_id: 1,
  client_email: 'php@example.com',
  invoice_number: 'INV-Ü-1',
  total_amount: '1500.00',
};

if (phpPath === undefined) console.warn('php-cli is not installed: the tests of the PHP client are skipped.');

/** Both ways out of PHP: with cURL, and with plain streams where cURL is not there. */
const transports = [
  ['cURL', []],
  ['streams', ['-d', 'disable_functions=curl_init']],
] as const;

describe.skipIf(phpPath === undefined)('gateway-client.php (skipped without php-cli)', () => {
  let gateway: TestGateway;
  let tenant: TestTenant;
  /** answers nothing, ever */
  let deaf: Server;
  let hasPostgres = false;

  beforeAll(async () => {
    gateway = await startGateway();
    tenant = await gateway.addTenant();
    deaf = createServer(() => undefined);
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    hasPostgres = (await runPhp(`echo extension_loaded('pdo_pgsql') ? 'yes' : 'no';`)).output === 'yes';
    if (!hasPostgres) console.warn('php-pgsql is not installed: the fallback to the database is not tested.');
  });
  afterAll(async () => {
    const closed = new Promise((resolve) => deaf.close(resolve));
    deaf.closeAllConnections();
    await closed;
    await gateway.stop();
  });

  const client = (options: object = {}, extra = '') =>
    `$client = new GatewayClient(${php({
      url: gateway.origin,
      api_key: tenant.apiKey,
      customer_id: tenant.customerId,
      ...options,
    })}${extra});`;
  /** Runs code and reads the JSON it echoes; a GatewayException becomes its parts. */
  async function run(code: string, flags: readonly string[] = []): Promise<Record<string, unknown>> {
    const { output } = await runPhp(
      `try { ${code} echo json_encode($result); } catch (GatewayException $e) {
        echo json_encode(['code' => $e->errorCode(), 'message' => $e->getMessage(), 'http' => $e->httpStatus(), 'details' => $e->details()]);
      }`,
      flags,
    );
    try {
      return JSON.parse(output) as Record<string, unknown>;
    } catch {
      throw new Error(`PHP said: ${output}`);
    }
  }
  const deafUrl = () => `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`;

  describe.each(transports)('by %s', (name, flags) => {
    it('sends an event once, whatever is in its data', async () => {
      const call = `$result = $client->sendEvent('invoice:sent', ${php(invoice)}, 'invoice-${name}');`;
      const first = await run(client() + call, flags);
      expect(first).toMatchObject({ via: 'gateway', event_id: expect.any(Number) as number });
      expect((await run(client() + call, flags))['event_id']).toBe(first['event_id']);
      const { body } = await tenant.get(`/api/events/${String(first['event_id'])}`);
      expect(body).toMatchObject({ event_data: invoice, deliveries: [{ recipient: 'php@example.com' }] });
    });

    it('says what the gateway refuses and why', async () => {
      expect(await run(client() + `$result = $client->sendEvent('invoice:sent', []);`, flags)).toMatchObject({
        code: 'invalid_event',
        http: 422,
        details: expect.arrayContaining([
          expect.objectContaining({ path: expect.stringContaining('invoice_id') as string }),
        ]) as unknown,
      });
      expect(
        await run(client({ api_key: 'wrong' }) + `$result = $client->sendEvent('invoice:sent', []);`, flags),
      ).toMatchObject({
        code: 'unauthorized',
        http: 401,
      });
    });

    it('gets tokens that the gateway takes, and knows whether the gateway is well', async () => {
      const { token, expires_in: expiresIn } = await run(
        client() + `$result = $client->requestToken('17', 'session');`,
        flags,
      );
      expect(expiresIn).toBe(3600);
      const answer = await gateway.call('/api/events', {
        headers: { authorization: `Bearer ${String(token)}` },
      });
      expect(answer.status).toBe(200);
      expect(await run(client() + `$result = ['ok' => $client->isHealthy()];`, flags)).toEqual({ ok: true });
      expect(
        await run(client({ url: 'http://127.0.0.1:9' }) + `$result = ['ok' => $client->isHealthy()];`, flags),
      ).toEqual({ ok: false });
    });

    it('gives up on a gateway that does not answer, in time', async () => {
      const started = performance.now();
      const result = await run(
        client({ url: deafUrl(), timeout: 0.5 }) +
          `$result = $client->sendEvent('invoice:sent', ${php(invoice)});`,
        flags,
      );
      expect(result).toMatchObject({ code: 'unreachable', http: 0 });
      // Unless told it would wait for 10 s.
      expect(performance.now() - started).toBeLessThan(9_000);
    });

    it('leaves events in the database when the gateway is out of reach, and none of them twice', async ({
      skip,
    }) => {
      if (!hasPostgres) skip('php-pgsql is not installed');
      const url = new URL(tenant.databaseUrl);
      const database = ` + ['database' => function () { return new PDO('pgsql:host=${url.hostname};port=${url.port};dbname=${url.pathname.slice(1)}', '${url.username}', rawurldecode('${url.password}'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]); }]`;
      const data = { ...invoice, client_email: `${name.toLowerCase()}@example.com` };
      const send = `$result = $client->sendEvent('invoice:sent', ${php(data)}, 'fallback-${name}');`;
      const away = client({ url: deafUrl(), timeout: 0.3 }, database);
      const stored = await run(away + send, flags);
      expect(stored).toEqual({ event_id: null, via: 'database', status: 'pending' });
      expect(await run(away + send, flags)).toEqual(stored);
      // The gateway, back again, takes it in by itself and knows the key.
      const again = await run(client() + send, flags);
      const rows = await tenant.sql<{ id: number; idempotency_key: string }>(
        `select id, idempotency_key from websocket_events where event_data->>'client_email' = $1`,
        [data.client_email],
      );
      expect(rows).toEqual([{ id: again['event_id'], idempotency_key: `fallback-${name}` }]);
      await waitUntil(
        async () =>
          (await tenant.sql(`select 1 from message_deliveries where event_id = $1`, [rows[0]?.id])).length ===
          1,
        { what: 'the stored event to be planned' },
      );
      // What is refused is not stored either.
      expect(
        await run(client({}, database) + `$result = $client->sendEvent('invoice:sent', []);`, flags),
      ).toMatchObject({ code: 'invalid_event' });
    });
  });

  it('works with the options that it needs and no others', async () => {
    const { output } = await runPhp(
      `try { new GatewayClient(['url' => 'http://x']); } catch (InvalidArgumentException $e) { echo $e->getMessage(); }`,
    );
    expect(output).toBe('The option api_key is required.');
  });
});
