import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeConnection } from '../../main/gateway/http/describe-connection';
import { startGateway, type TestGateway } from '../support/start-gateway';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { GATEWAY_TRUST_PROXY: '1' } });
});
afterAll(() => gateway.stop());

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.origin}${path}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Without the headers that fetch adds by itself: as PHP's file_get_contents asks. */
function getBare(path: string, headers: Record<string, string>): Promise<{ status?: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${gateway.origin}${path}`, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    asked.on('error', reject).end();
  });
}

describe('GET /connect', () => {
  it('is a page for a browser, under a policy that runs nothing', async () => {
    const page = await get('/connect', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.text).toContain('This machine reaches the gateway.');
    expect(page.text).toContain('<code>127.0.0.1</code>');
    expect(page.text).toContain(`<code>${gateway.origin}</code>`);
    expect(page.text).not.toContain('<script');
  });

  it('is JSON for programs, also for those that do not say what they want', async () => {
    for (const headers of [{ accept: 'application/json' }, {}] as Record<string, string>[]) {
      const { status, text } = await getBare('/connect', headers);
      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject({
        success: true,
        reached: true,
        address: '127.0.0.1',
        url: gateway.origin,
        same_machine: true,
        client_url: `${gateway.origin}/connect/modular-gateway.php`,
        php: expect.stringContaining(`'url' => '${gateway.origin}'`) as string,
      });
    }
  });

  it('says the address that a proxy in front speaks for, and what it was called there', async () => {
    const { text } = await getBare('/connect', {
      'x-forwarded-for': '192.168.1.77',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'gateway.example.com',
    });
    expect(JSON.parse(text)).toMatchObject({
      address: '192.168.1.77',
      url: 'https://gateway.example.com',
      same_machine: false,
    });
  });

  it('writes nothing into page or PHP that a caller made up', async () => {
    for (const host of [`'.system('x').'`, '<script>alert(1)</script>', 'a"b', '', "x'", 'a b', '{{7*7}}']) {
      for (const accept of ['text/html', 'application/json']) {
        const { text } = await getBare('/connect', { 'x-forwarded-host': host, accept });
        if (host !== '') expect(text).not.toContain(host);
        expect(text).not.toContain('<script');
      }
      const { text } = await getBare('/connect', { 'x-forwarded-for': host, accept: 'text/html' });
      expect(text).not.toContain('<script');
    }
  });

  it('tells nothing secret', async () => {
    const tenant = await gateway.addTenant();
    const page = await get('/connect', {
      accept: 'text/html',
      authorization: `Bearer ${tenant.apiKey}`,
    });
    expect(page.text).not.toContain(tenant.apiKey);
    expect(page.text).not.toContain(tenant.customerId);
    expect(page.text).not.toContain(gateway.dataDir);
  });

  it('hands out the PHP client, and no other file', async () => {
    const file = await get('/connect/modular-gateway.php');
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(file.text).toBe(await readFile('php/modular-gateway.php', 'utf8'));
    for (const name of ['composer.json', '..%2fpackage.json', 'x', '.env']) {
      expect((await gateway.call(`/connect/${name}`)).status).toBe(404);
    }
  });
});

describe('what to call the gateway', () => {
  const facts = { calledUrl: 'http://127.0.0.1:3001', publicKeyPin: undefined };

  it('warns of 127.0.0.1, and names the address of the network', () => {
    const { hints } = describeConnection({
      ...facts,
      address: '127.0.0.1',
      lanUrl: 'http://192.168.1.20:3001',
    });
    expect(hints.join(' ')).toContain('On any other machine, use http://192.168.1.20:3001.');
  });

  it('says that a gateway on 127.0.0.1 is out of reach for other machines', () => {
    const { hints } = describeConnection({ ...facts, address: '::1', lanUrl: 'http://127.0.0.1:3001' });
    expect(hints.join(' ')).toContain('HOST=0.0.0.0');
  });

  it('warns machines of the network of addresses that change', () => {
    const { hints, sameMachine } = describeConnection({
      ...facts,
      calledUrl: 'https://192.168.1.20:3001',
      address: '192.168.1.31',
      lanUrl: undefined,
      publicKeyPin: 'abc=',
    });
    expect(sameMachine).toBe(false);
    expect(hints.join(' ')).toMatch(/reserve the address.*checks the key/);
  });

  it('puts the pin of a certificate of its own into what is pasted', () => {
    const { php, command } = describeConnection({
      ...facts,
      calledUrl: 'https://192.168.1.20:3001',
      address: '192.168.1.31',
      lanUrl: undefined,
      publicKeyPin: 'abc=',
    });
    expect(php).toContain("'pin' => 'abc='");
    expect(command).toContain('--pinnedpubkey sha256//abc=');
  });
});
