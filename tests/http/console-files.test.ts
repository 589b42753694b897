import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { Router, type ErrorRequestHandler } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSameOrigin } from '../../main/gateway/auth/same-origin';
import { createConsoleFiles } from '../../main/gateway/http/console-files';
import { sendError } from '../../main/gateway/http/send-json';
import { callGateway } from '../support/call-gateway';
import { createMemoryLogger } from '../support/memory-logger';

const script = `console.log(${JSON.stringify('x'.repeat(5_000))});`;
let folder: string;
let server: Server;
let origin: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-files-'));
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.js'), 'secret');
  await writeFile(join(folder, 'dist', 'assets', 'index-Ab12Cd34.js'), script);
  await writeFile(join(folder, 'dist', 'assets', 'index-Ab12Cd34.js.map'), '{}');
  await writeFile(join(folder, 'dist', 'assets', 'notes.txt'), 'not for the web');
  const router = Router();
  createConsoleFiles(router, { pages: createSameOrigin(1), folder: join(folder, 'dist') });
  const answerError: ErrorRequestHandler = (thrown: unknown, request, response, _next) => {
    sendError(response, thrown, createMemoryLogger(), request.path);
  };
  server = createServer(express().use(router, answerError));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
  await rm(folder, { recursive: true });
});

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${origin}${path}`, { headers, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** `connect-src` → its sources */
function policyOf(headers: Headers): Record<string, string[]> {
  const policy = headers.get('content-security-policy') ?? '';
  return Object.fromEntries(
    policy.split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(' ');
      return [name, sources];
    }),
  );
}

describe('the page', () => {
  it('says in JSON that it was not built, and is there as soon as it is', async () => {
    const missing = await callGateway(origin, '/console/');
    expect([missing.status, missing.body['code']]).toEqual([404, 'console_missing']);
    await writeFile(join(folder, 'dist', 'index.html'), '<!doctype html><title>one</title>');
    expect((await get('/console/')).text).toContain('one');
    await writeFile(join(folder, 'dist', 'index.html'), '<!doctype html><title>another</title>');
    const page = await get('/console/');
    expect(page.text).toContain('another');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/console/', { 'if-none-match': page.headers.get('etag') ?? '' });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('is at /console/, to which /console leads, with what was asked', async () => {
    const { status, headers } = await get('/console?x=1');
    expect([status, headers.get('location')]).toEqual([307, 'console/?x=1']);
    // Relative: a proxy may have put it below a path of its own.
    expect(new URL('console/?x=1', `${origin}/office/console`).pathname).toBe('/office/console/');
  });

  it('may load and reach nothing but its own gateway, and no page may frame it', async () => {
    const { headers } = await get('/console/');
    const policy = policyOf(headers);
    expect(policy).toEqual({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'manifest-src': ["'self'"],
      'font-src': ["'self'"],
      'connect-src': ["'self'", origin.replace('http', 'ws')],
      'frame-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
    });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it.each([
    ['gateway.example.com', ["'self'", 'wss://gateway.example.com']],
    ['x; script-src *', ["'self'", "'self'"]],
    ['x" y', ["'self'", "'self'"]],
  ])('behind a proxy names the host that the browser sees, if it is one: %s', async (host, sources) => {
    const { headers } = await get('/console/', { 'x-forwarded-host': host, 'x-forwarded-proto': 'https' });
    const policy = policyOf(headers);
    expect(policy['connect-src']).toEqual(sources);
    expect(policy['script-src']).toEqual(["'self'"]);
  });
});

describe('its parts', () => {
  const path = '/console/assets/index-Ab12Cd34.js';

  it.each([
    ['br, gzip', 'br'],
    ['gzip, deflate', 'gzip'],
    ['identity', null],
    ['br;q=0, gzip;q=0.0', null],
  ])('are kept for ever, and sent as small as they may be: %s', async (accepted, encoding) => {
    const part = await get(path, { 'accept-encoding': accepted });
    expect([part.status, part.text]).toEqual([200, script]);
    expect(part.headers.get('content-encoding')).toBe(encoding);
    expect(part.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(part.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(part.headers.get('vary')).toBe('Accept-Encoding');
    if (encoding !== null) expect(Number(part.headers.get('content-length'))).toBeLessThan(200);
  });

  it.each([
    '/console/assets/',
    '/console/assets/other.js',
    '/console/assets/notes.txt',
    '/console/assets/index-Ab12Cd34.js.map',
    '/console/assets/..%2f..%2fsecret.js',
    '/console/assets/%2e%2e%2f%2e%2e%2fsecret.js',
    '/console/assets/..%5c..%5csecret.js',
    '/console/assets/%00.js',
    '/console/assets/.js',
    '/console/assets/%E0%A4%A.js',
    '/console/assets',
    '/console/secret.js',
  ])('are all there is: %s', async (other) => {
    const { status, text } = await get(other);
    expect([400, 404]).toContain(status);
    expect(text).not.toContain('secret\n');
    expect(text).not.toBe('secret');
  });
});
