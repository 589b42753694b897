import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signWebhook } from '../../main/gateway/channels/webhook/webhook-signature';
import { loadTlsCertificate } from '../../main/gateway/secrets/tls-certificate';
import { findProgram } from '../support/install-test-programs';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { phpPath } from './start-php';

const run = promisify(execFile);
const composerPath = findProgram('composer');
const invoice = {
  invoice_id: 1,
  client_email: 'kit@example.com',
  invoice_number: 'INV-Ü-1',
  total_amount: '1500.00',
};
const env = { GATEWAY_MASTER_KEY: 'k-9f2c7b1e5d8a4063' };

const toPhp = (value: unknown) =>
  `json_decode(base64_decode('${Buffer.from(JSON.stringify(value)).toString('base64')}'), true)`;

if (phpPath === undefined) console.warn('php-cli is not installed: the PHP kit is not tested.');
if (composerPath === undefined)
  console.warn('composer is not installed: the package is not installed by it.');

/** Runs PHP code in a folder; every warning and deprecation is printed and breaks the JSON that is read. */
async function runCode(
  code: string,
  flags: readonly string[] = [],
  file = resolve('php/modular-gateway.php'),
) {
  const settings = ['-d', 'display_errors=1', '-d', 'error_reporting=32767'];
  const { stdout } = await run(phpPath ?? 'php', [
    ...flags,
    ...settings,
    '-r',
    `require '${file}'; use ModularGateway\\{Client, GatewayException, LocalOutbox, Outbox, Webhook};
    try { ${code} echo json_encode($result ?? null); } catch (GatewayException $e) {
      echo json_encode(['class' => (new ReflectionClass($e))->getShortName(), 'code' => $e->errorCode(),
        'message' => $e->getMessage(), 'http' => $e->httpStatus(), 'details' => $e->details(),
        'temporary' => $e->isTemporary()]);
    }`,
  ]);
  try {
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch {
    throw new Error(`PHP said: ${stdout}`);
  }
}

describe.skipIf(phpPath === undefined)('the PHP kit (skipped without php-cli)', () => {
  let gateway: TestGateway;
  let secure: TestGateway;
  let tenant: TestTenant;
  /** answers nothing, ever */
  let deaf: Server;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'php-kit-'));
    gateway = await startGateway({ env });
    secure = await startGateway({ beside: gateway, env: { ...env, TLS: 'self' } });
    tenant = await gateway.addTenant();
    deaf = createServer(() => undefined);
    await new Promise<void>((done) => deaf.listen(0, '127.0.0.1', done));
  });
  afterAll(async () => {
    const closed = new Promise((done) => deaf.close(done));
    deaf.closeAllConnections();
    await closed;
    await secure.stop();
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const client = (options: object = {}, extra = '') =>
    `$client = new Client(${toPhp({
      url: gateway.origin,
      api_key: tenant.apiKey,
      customer_id: tenant.customerId,
      ...options,
    })}${extra});`;
  const away = () => `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`;

  it('has its one file made of its classes (node scripts/bundle-php-client.mjs)', async () => {
    const { stdout } = await run(process.execPath, ['scripts/bundle-php-client.mjs', '--print']);
    expect(await readFile('php/modular-gateway.php', 'utf8')).toBe(stdout);
  });

  describe.each([
    ['cURL', []],
    ['streams', ['-d', 'disable_functions=curl_init']],
  ] as const)('by %s', (name, flags) => {
    it('sends an event once, and reads it back', async () => {
      const key = `kit-${name}`;
      const sent = await runCode(
        client() +
          `$first = $client->sendEvent('invoice:sent', ${toPhp(invoice)}, '${key}');
          $again = $client->sendEvent('invoice:sent', ${toPhp(invoice)}, '${key}');
          $result = [$first, $again, $client->event($first['event_id'])];`,
        flags,
      );
      const [first, again, event] = sent as unknown as Record<string, unknown>[];
      expect(first).toMatchObject({
        via: 'gateway',
        duplicate: false,
        event_id: expect.any(Number) as number,
      });
      expect(again).toMatchObject({ event_id: first?.['event_id'], duplicate: true });
      expect(event).toMatchObject({ event_data: invoice, deliveries: [{ recipient: 'kit@example.com' }] });
    });

    it('sends a batch of more than a call takes, and says which ones were wrong', async () => {
      const result = await runCode(
        client() +
          `$events = [];
          for ($i = 0; $i < 1001; $i++) {
            $events[] = ['event_type' => 'user:clockedIn', 'event_data' => $i === 3 ? [] : ['user_id' => $i,
              'user_name' => 'Sipho', 'clock_in_time' => '2026-07-01 07:58:00']];
          }
          $results = $client->sendEvents($events);
          $result = ['count' => count($results), 'statuses' => array_count_values(array_column($results, 'status')),
            'wrong' => $results[3], 'last' => $results[1000]['index']];`,
        flags,
      );
      expect(result).toMatchObject({
        count: 1001,
        statuses: { 202: 1000, 422: 1 },
        wrong: { index: 3, code: 'invalid_event' },
        last: 1000,
      });
    });

    it('throws exceptions that a program can tell apart, with a sentence for people', async () => {
      const send = `$client->sendEvent('invoice:sent', []);`;
      expect(await runCode(client() + send, flags)).toMatchObject({
        class: 'InvalidRequestException',
        http: 422,
        temporary: false,
        details: expect.arrayContaining([
          expect.objectContaining({ path: expect.stringContaining('invoice_id') as string }),
        ]) as unknown,
      });
      expect(await runCode(client({ api_key: 'wrong' }) + send, flags)).toMatchObject({
        class: 'UnauthorizedException',
        http: 401,
      });
      expect(await runCode(client() + `$client->event(999999);`, flags)).toMatchObject({
        class: 'NotFoundException',
        http: 404,
      });
      expect(await runCode(client() + `$client->resolveDelivery(1, 'nonsense');`, flags)).toMatchObject({
        http: 422,
      });
      expect(
        await runCode(client({ customer_id: 'OTHER' }) + `$client->whatsAppStatus();`, flags),
      ).toMatchObject({ class: 'ForbiddenException', http: 403 });
      expect(await runCode(client({ url: 'http://127.0.0.1:9' }) + send, flags)).toMatchObject({
        class: 'UnreachableException',
        code: 'unreachable',
        temporary: true,
      });
      expect(await runCode(client({ url: away(), timeout: 0.3 }) + send, flags)).toMatchObject({
        class: 'UnreachableException',
      });
      expect(
        await runCode(client() + `$client->sendEvent('invoice:sent', ['client_name' => "\\xff"]);`, flags),
      ).toMatchObject({ class: 'InvalidRequestException', code: 'not_json' });
    });

    it('gets tokens, knows how WhatsApp stands, and says in sentences what works', async () => {
      const result = await runCode(
        client() +
          `$result = ['token' => $client->requestToken('17', 'session'), 'whatsapp' => $client->whatsAppStatus(),
            'healthy' => $client->isHealthy(), 'check' => $client->check()];`,
        flags,
      );
      expect(result).toMatchObject({
        token: { expires_in: 3600 },
        whatsapp: { status: 'not_initialized', phone: null },
        healthy: true,
        check: [
          expect.stringContaining('Reached: '),
          'The gateway sees this machine as 127.0.0.1.',
          expect.stringContaining('The key works: '),
          `It belongs to ${tenant.customerId}.`,
          'WhatsApp: not_initialized.',
        ],
      });
      const bad = await runCode(client({ url: 'http://127.0.0.1:9' }) + `$result = $client->check();`, flags);
      expect(JSON.stringify(bad)).toContain('Not reached: ');
      const wrongKey = await runCode(client({ api_key: 'nope' }) + `$result = $client->check();`, flags);
      expect(JSON.stringify(wrongKey)).toContain('The key does not work: ');
    });
  });

  it('reads deliveries page after page', async () => {
    const result = await runCode(
      client() +
        `foreach ([1, 2, 3] as $i) $client->sendEvent('invoice:sent', ['invoice_id' => 100 + $i,
          'client_email' => 'pages@example.com', 'invoice_number' => "P-$i", 'total_amount' => 1]);
        $seen = [];
        foreach ($client->deliveries(['recipient' => 'pages@example.com', 'limit' => 1]) as $one) $seen[] = $one['id'];
        $result = ['seen' => count(array_unique($seen)), 'replayed' => $client->replayDeliveries(['status' => 'failed'])];`,
    );
    expect(result).toEqual({ seen: 3, replayed: expect.any(Number) as number });
  });

  it('refuses options that cannot work, in words', async () => {
    const wrong = async (options: object) => {
      const code = `try { new Client(${toPhp(options)}); $result = 'taken'; } catch (InvalidArgumentException $e) { $result = $e->getMessage(); }`;
      return runCode(code);
    };
    const good = { url: 'http://x', api_key: 'k', customer_id: 'c' };
    expect(await wrong({ url: 'http://x' })).toBe('The option api_key is required.');
    expect(await wrong({ ...good, url: '192.168.1.20:3001' })).toMatch(/must look like http:/);
    expect(await wrong({ ...good, api_key: 'a\r\nX-Evil: 1' })).toMatch(/line break/);
    expect(await wrong({ ...good, tiemout: 3 })).toBe('There is no option tiemout.');
    expect(await wrong(good)).toBe('taken');
  });

  describe('the outbox', () => {
    const pdo = () => {
      const url = new URL(tenant.databaseUrl);
      return `$pdo = new PDO('pgsql:host=${url.hostname};port=${url.port};dbname=${url.pathname.slice(1)}',
        '${url.username}', '${decodeURIComponent(url.password)}');`;
    };
    const named = (email: string) => toPhp({ ...invoice, client_email: email });
    const rows = (email: string) =>
      tenant.sql(`select id from websocket_events where event_data->>'client_email' = $1`, [email]);

    it("belongs to the caller's own transaction: nothing is sent that was rolled back", async () => {
      const result = await runCode(
        pdo() +
          `$outbox = new Outbox($pdo, '${tenant.customerId}');
          $pdo->beginTransaction();
          $outbox->add('invoice:sent', ${named('rolled-back@example.com')}, 'tx-1');
          $pdo->rollBack();
          $pdo->beginTransaction();
          $first = $outbox->add('invoice:sent', ${named('committed@example.com')}, 'tx-2',
            new DateTimeImmutable('+1 day'));
          $again = $outbox->add('invoice:sent', ${named('committed@example.com')}, 'tx-2');
          $pdo->commit();
          $result = [$first, $again];`,
      );
      expect(result).toEqual([true, false]);
      await waitUntil(
        async () =>
          (await tenant.sql(`select 1 from message_deliveries where recipient = 'committed@example.com'`))
            .length === 1,
        { what: 'the committed event to be planned' },
      );
      expect(await rows('rolled-back@example.com')).toEqual([]);
    });

    it('takes what the gateway cannot take now, and nothing that it refuses', async () => {
      const withOutbox = ` + ['outbox' => function () { ${pdo()} return new Outbox($pdo, '${tenant.customerId}'); }]`;
      const send = `$result = $client->sendEvent('invoice:sent', ${named('away@example.com')}, 'away-1');`;
      const stored = await runCode(client({ url: away(), timeout: 0.3 }, withOutbox) + send);
      expect(stored).toEqual({ event_id: null, via: 'outbox', status: 'pending', duplicate: false });
      const later = await runCode(client({}, withOutbox) + send);
      expect(later).toMatchObject({ via: 'gateway', duplicate: true });
      expect(await rows('away@example.com')).toHaveLength(1);
      expect(await runCode(client({}, withOutbox) + `$client->sendEvent('invoice:sent', []);`)).toMatchObject(
        { class: 'InvalidRequestException' },
      );
    });

    it('says so when an event is neither sent nor stored', async () => {
      const broken = ` + ['outbox' => function () { throw new RuntimeException('no database'); }]`;
      expect(
        await runCode(
          client({ url: away(), timeout: 0.3 }, broken) +
            `$client->sendEvent('invoice:sent', ${named('lost@example.com')});`,
        ),
      ).toMatchObject({
        class: 'NotStoredException',
        message: expect.stringMatching(/out of reach.*no database/) as string,
      });
    });

    it("is a table of the application's own, where that is another database", async () => {
      const local = `$pdo = new PDO('sqlite:${join(folder, 'outbox.sqlite')}');
        $outbox = new LocalOutbox($pdo); $outbox->createTable(); $outbox->createTable();`;
      const filled = await runCode(
        local +
          client({ url: 'http://127.0.0.1:9' }) +
          `$outbox->add('invoice:sent', ${named('local@example.com')}, 'local-1');
          $again = $outbox->add('invoice:sent', ${named('local@example.com')}, 'local-1');
          $outbox->add('invoice:sent', [], 'local-wrong');
          $outbox->add('user:clockedIn', [], 'local-empty');
          try { $outbox->flush($client); $away = 'reached'; } catch (GatewayException $e) { $away = $e->errorCode(); }
          $result = [$again, $away, $outbox->countWaiting()];`,
      );
      expect(filled).toEqual([false, 'unreachable', 3]);
      const flushed = await runCode(
        local +
          client() +
          `$result = [$outbox->flush($client), $outbox->flush($client), $outbox->countWaiting(),
            $pdo->query('select event_key from gateway_outbox where problem is not null order by 1')->fetchAll(PDO::FETCH_COLUMN)];`,
      );
      expect(flushed).toEqual([
        { sent: 1, refused: 2 },
        { sent: 0, refused: 0 },
        0,
        ['local-empty', 'local-wrong'],
      ]);
      expect(await rows('local@example.com')).toHaveLength(1);
    });
  });

  it('talks to the gateway whose key it pins, and to no other', async () => {
    const { publicKeyPin = '' } = (await loadTlsCertificate(secure.config, false)) ?? {};
    const url = `https://127.0.0.1:${secure.port}`;
    const send = `$result = $client->sendEvent('invoice:sent', ${toPhp(invoice)}, 'pinned');`;
    expect(await runCode(client({ url, pin: publicKeyPin }) + send)).toMatchObject({ via: 'gateway' });
    const other = Buffer.alloc(32, 7).toString('base64');
    expect(await runCode(client({ url, pin: other }) + send)).toMatchObject({
      class: 'UnreachableException',
    });
    expect(await runCode(client({ url }) + send)).toMatchObject({
      class: 'UnreachableException',
      message: expect.stringMatching(/certificate/) as string,
    });
  });

  it('reads webhooks that are signed, and no others', async () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const body = JSON.stringify({ type: 'message:sent', customer_id: 'ACC001', data: { event_id: 4 } });
    const now = 1_790_000_000;
    // As the gateway itself signs.
    const sign = (id: string, at: number, text: string) =>
      signWebhook(secret, id, String(at), Buffer.from(text))['webhook-signature'];
    const read = (headers: object, text = body, secrets: unknown = secret) =>
      runCode(
        `$webhook = new Webhook(${toPhp({ secrets })}['secrets']);
        $result = $webhook->read(${toPhp({ text })}['text'], ${toPhp(headers)}, ${now});`,
      );
    const headers = {
      'Webhook-Id': 'msg_1',
      'Webhook-Timestamp': String(now - 10),
      'Webhook-Signature': `v1,bm9uc2Vuc2U= ${sign('msg_1', now - 10, body)}`,
    };
    expect(await read(headers)).toMatchObject({ id: 'msg_1', type: 'message:sent', data: { event_id: 4 } });
    expect(await read(headers, body, ['whsec_b2xk', secret])).toMatchObject({ id: 'msg_1' });
    for (const [bad, text, code] of [
      [headers, `${body} `, 'webhook_forged'],
      [{ ...headers, 'Webhook-Id': 'msg_2' }, body, 'webhook_forged'],
      [{ ...headers, 'Webhook-Signature': 'v1,' }, body, 'webhook_forged'],
      [{ ...headers, 'Webhook-Signature': undefined }, body, 'webhook_unsigned'],
      [{ ...headers, 'Webhook-Timestamp': '1e9' }, body, 'webhook_unsigned'],
      [{ ...headers, 'Webhook-Timestamp': String(now - 301) }, body, 'webhook_too_old'],
    ] as const) {
      expect(await read(bad, text)).toMatchObject({ class: 'WebhookException', code, http: 401 });
    }
  });

  it('installs by composer from its folder, and its examples run', async ({ skip }) => {
    if (composerPath === undefined) skip('composer is not installed');
    const manifest = {
      repositories: [
        { type: 'path', url: resolve('php'), options: { symlink: false } },
        { packagist: false },
      ],
      require: { 'modular-gateway/client': '*' },
      'minimum-stability': 'dev',
    };
    await writeFile(join(folder, 'composer.json'), JSON.stringify(manifest));
    await run(composerPath ?? 'composer', ['install', '--no-interaction', '--no-progress', '--quiet'], {
      cwd: folder,
      env: { ...process.env, COMPOSER_HOME: join(folder, '.composer'), COMPOSER_ALLOW_SUPERUSER: '1' },
    });
    const autoload = join(folder, 'vendor/autoload.php');
    expect(await runCode(client() + `$result = ['ok' => $client->isHealthy()];`, [], autoload)).toEqual({
      ok: true,
    });
    expect(await runCode(client({ api_key: 'no' }) + `$client->event(1);`, [], autoload)).toMatchObject({
      class: 'UnauthorizedException',
    });
  }, 60_000);

  it('has examples that do what they say', async () => {
    const settings = {
      PATH: process.env['PATH'] ?? '',
      GATEWAY_API_KEY: tenant.apiKey,
      GATEWAY_CUSTOMER_ID: tenant.customerId,
      OUTBOX_FILE: join(folder, 'examples.sqlite'),
    };
    const example = async (file: string, url: string) =>
      (await run(phpPath ?? 'php', [`php/examples/${file}`], { env: { ...settings, GATEWAY_URL: url } }))
        .stdout;
    expect(await example('send-invoice.php', 'http://127.0.0.1:9')).toBe(
      'The gateway is away: the event waits.\n',
    );
    expect(await example('flush-outbox.php', gateway.origin)).toBe('Sent 1, refused 0.\n');
    expect(await example('send-invoice.php', gateway.origin)).toMatch(/^Event \d+\n$/);
    const known = await tenant.sql(
      `select id from websocket_events where idempotency_key = 'invoice-1042-sent'`,
    );
    expect(known).toHaveLength(1);
  });
});
