import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadTlsCertificate } from '../../main/gateway/secrets/tls-certificate';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { phpPath, runPhp } from './start-php';

const env = { GATEWAY_MASTER_KEY: 'k-9f2c7b1e5d8a4063' };
let plain: TestGateway;
let secure: TestGateway;
let tenant: TestTenant;

if (phpPath === undefined) console.warn('php-cli is not installed: the snippet of SECURITY.md is not run.');

beforeAll(async () => {
  plain = await startGateway({ env });
  tenant = await plain.addTenant();
  secure = await startGateway({ beside: plain, env: { ...env, TLS: 'self' } });
});
afterAll(async () => {
  await secure.stop();
  await plain.stop();
});

/** The snippet as it stands in SECURITY.md, with what its reader has to fill in. */
async function readSnippet(pin: string): Promise<string> {
  const [, snippet = ''] = /```php\n(.*?)```/s.exec(await readFile('SECURITY.md', 'utf8')) ?? [];
  const filledIn = [
    ['https://192.168.1.20:3001/', `https://127.0.0.1:${secure.port}/`],
    ['PIN-THAT-DOCTOR-PRINTS=', pin],
  ] as const;
  return filledIn.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, snippet);
}

async function send(pin: string): Promise<{ answer: string | false; error: string }> {
  const { output } = await runPhp(
    `$apiKey = '${tenant.apiKey}';
    $invoice = ['invoice_id' => 7, 'client_email' => 'php@example.com', 'invoice_number' => 'INV-7', 'total_amount' => '10.00'];
    ${await readSnippet(pin)}
    echo json_encode(['answer' => curl_exec($curl), 'error' => curl_error($curl)]);`,
  );
  return JSON.parse(output) as { answer: string | false; error: string };
}

it.skipIf(phpPath === undefined)(
  "SECURITY.md's snippet sends to the gateway whose key it pins, and to no other (skipped without php-cli)",
  async () => {
    const { publicKeyPin = '' } = (await loadTlsCertificate(secure.config, false)) ?? {};
    const sent = await send(publicKeyPin);
    expect(sent.error).toBe('');
    expect(JSON.parse(String(sent.answer))).toMatchObject({ success: true });

    const stored = () => tenant.sql('select id from websocket_events');
    expect(await stored()).toHaveLength(1);
    const another = createHash('sha256').update('another key').digest('base64');
    const refused = await send(another);
    expect(refused.answer).toBe(false);
    expect(refused.error).toMatch(/pinned|public key/i);
    // Neither the key nor the invoice left.
    expect(await stored()).toHaveLength(1);
  },
);
