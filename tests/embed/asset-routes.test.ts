import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import express, { type ErrorRequestHandler } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAssetRoutes } from '../../main/gateway/http/asset-routes';
import { sendError } from '../../main/gateway/http/send-json';
import { builtCli } from '../support/built-cli';
import { callGateway } from '../support/call-gateway';
import { createMemoryLogger } from '../support/memory-logger';
import { startGateway, type TestGateway } from '../support/start-gateway';

const assets = [
  ['/assets/js/websocket-sidebar.js', 'text/javascript; charset=utf-8'],
  ['/assets/js/whatsapp-sessions.js', 'text/javascript; charset=utf-8'],
  ['/assets/css/whatsapp-sessions.css', 'text/css; charset=utf-8'],
] as const;

describe('asset routes', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    builtCli();
    gateway = await startGateway({ env: { ALLOWED_ORIGINS: 'https://shop.example.com' } });
  });
  afterAll(() => gateway.stop());

  it.each(assets)(
    '%s is served as it was built, with a tag that saves the second answer',
    async (path, type) => {
      const response = await fetch(gateway.origin + path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cache-control')).toMatch(/^public, max-age=\d{1,3}$/);
      const body = Buffer.from(await response.arrayBuffer());
      expect(body.equals(await readFile(`dist${path}`))).toBe(true);

      const etag = response.headers.get('etag') ?? '';
      for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await fetch(gateway.origin + path, { headers: { 'if-none-match': header } });
        expect([header, again.status, (await again.arrayBuffer()).byteLength]).toEqual([header, 304, 0]);
        expect(again.headers.get('etag')).toBe(etag);
      }
      const changed = await fetch(gateway.origin + path, { headers: { 'if-none-match': '"older"' } });
      expect(changed.status).toBe(200);
      await changed.arrayBuffer();

      const head = await fetch(gateway.origin + path, { method: 'HEAD' });
      expect([head.status, head.headers.get('etag')]).toEqual([200, etag]);
    },
  );

  it('compresses for those who can read it, under a tag of its own', async () => {
    const path = '/assets/js/websocket-sidebar.js';
    const plain = await fetch(gateway.origin + path, {
      headers: { 'accept-encoding': 'gzip;q=0, identity' },
    });
    expect(plain.headers.get('content-encoding')).toBeNull();
    const text = await plain.text();
    for (const [accepted, encoding] of [
      ['br, gzip;q=0.8', 'br'],
      ['br;q=0, gzip;q=0.8', 'gzip'],
    ] as const) {
      const small = await fetch(gateway.origin + path, { headers: { 'accept-encoding': accepted } });
      expect(small.headers.get('content-encoding')).toBe(encoding);
      expect(small.headers.get('vary')).toContain('Accept-Encoding');
      expect(Number(small.headers.get('content-length'))).toBeLessThan(25_000);
      expect(small.headers.get('etag')).not.toBe(plain.headers.get('etag'));
      // fetch has unpacked it.
      expect(await small.text()).toBe(text);
    }
  });

  it('opens to the origins that ALLOWED_ORIGINS names, like every other answer', async () => {
    const path = gateway.origin + assets[0][0];
    const allowed = await fetch(path, { headers: { origin: 'https://shop.example.com' } });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
    expect(allowed.headers.get('vary')).toMatch(/Origin/);
    const other = await fetch(path, { headers: { origin: 'https://evil.example.com' } });
    expect(other.headers.get('access-control-allow-origin')).not.toBe('https://evil.example.com');
    // A plain script tag asks without Origin and is what most pages have.
    expect(other.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    await Promise.all([allowed.arrayBuffer(), other.arrayBuffer()]);
  });

  it.each([
    '/assets/js/',
    '/assets/js/other.js',
    '/assets/../package.json',
    '/assets/js/..%2f..%2fpackage.json',
  ])('has nothing at %s', async (path) => {
    expect((await gateway.call(path)).status).toBe(404);
  });
});

describe('an installation without page scripts', () => {
  let server: Server;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'no-assets-'));
    const answerError: ErrorRequestHandler = (thrown: unknown, request, response, _next) => {
      sendError(response, thrown, createMemoryLogger(), request.path);
    };
    server = createServer(express().use(createAssetRoutes({ folder }), answerError));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await rm(folder, { recursive: true });
  });

  it('does not pretend that the path is unknown', async () => {
    const { port } = server.address() as AddressInfo;
    const answer = await callGateway(`http://127.0.0.1:${port}`, assets[0][0]);
    expect([answer.status, answer.body['code']]).toEqual([503, 'asset_missing']);
  });
});

describe('page scripts as built', () => {
  it.each(['websocket-sidebar', 'whatsapp-sessions'])(
    '%s.js fits in 25 kB and needs nothing else',
    async (name) => {
      builtCli();
      const code = await readFile(`dist/assets/js/${name}.js`, 'utf8');
      const packed = gzipSync(code);
      expect(gunzipSync(packed).toString()).toBe(code);
      expect(packed.length).toBeLessThan(25_000);
      const found = (pattern: RegExp) => pattern.exec(code)?.[0];
      // Pages forbid these by their Content-Security-Policy.
      expect(found(/\beval\(|new Function\(|import\(|\bimport\s*["'{]/)).toBeUndefined();
      // Newer than 2019.
      expect(found(/\?\.[A-Za-z_$[(]|\?\?|\|\|=|&&=|\bstatic\s*\{|\bthis\.#|#\w+ in /)).toBeUndefined();
      expect(found(/sourceMappingURL|\.innerHTML\b|insertAdjacentHTML|document\.write/)).toBeUndefined();
    },
  );
});
