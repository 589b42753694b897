import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

let gateway: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  gateway = await startGateway();
  tenant = await gateway.addTenant();
});
afterAll(() => gateway.stop());

interface Answer {
  readonly status: number;
  readonly body: { event_id?: number; code?: string; error?: string; details?: unknown };
}

async function post(body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${gateway.origin}/api/events`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

async function dataOf({ body }: Answer): Promise<Record<string, unknown>> {
  const [row] = await tenant.sql<{ event_data: Record<string, unknown> }>(
    'select event_data from websocket_events where id = $1',
    [body.event_id],
  );
  return row?.event_data ?? {};
}

const named = (name: string) =>
  JSON.stringify({ ...quietEvent, event_data: { ...quietEvent.event_data, user_name: name } });
const json = named('José Müller');
const form = { 'content-type': 'application/x-www-form-urlencoded' };

describe('charsets', () => {
  it.each([
    ['ISO-8859-1', Buffer.from(json, 'latin1')],
    ['windows-1252', Buffer.from(json, 'latin1')],
    ['"iso-8859-15"', Buffer.from(json, 'latin1')],
    ['UTF-16LE', Buffer.from(json, 'utf16le')],
    ['utf-16', Buffer.from(`\ufeff${json}`, 'utf16le')],
    ['utf-16', Buffer.from(`\ufeff${json}`, 'utf16le').swap16()],
    ['utf-16be', Buffer.from(json, 'utf16le').swap16()],
    ['utf-8', Buffer.from(json)],
    ['UTF8', Buffer.from(`\ufeff${json}`)],
  ])('reads %s as declared', async (charset, bytes) => {
    const answer = await post(bytes, { 'content-type': `application/json; charset=${charset}` });
    expect(answer.status).toBe(202);
    expect((await dataOf(answer))['user_name']).toBe('José Müller');
  });

  it('reads the euro sign of windows-1252', async () => {
    const bytes = Buffer.from(named('\u0080 5'), 'latin1');
    const answer = await post(bytes, { 'content-type': 'application/json; charset=windows-1252' });
    expect((await dataOf(answer))['user_name']).toBe('€ 5');
  });

  it.each([
    ['ISO-8859-1', Buffer.from(json, 'latin1'), 'application/json'],
    [
      'a cut character',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xe2, 0x82])]),
      'application/json',
    ],
    ['UTF-16 without a word', Buffer.from(`\ufeff${json}`, 'utf16le'), 'application/json; charset=utf-8'],
  ])('refuses %s that is not declared', async (_what, bytes, type) => {
    const { status, body } = await post(bytes, { 'content-type': type });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'invalid_encoding',
      error: expect.stringContaining('not UTF-8') as string,
    });
  });

  it.each(['utf-32', 'klingon', 'utf-7'])('refuses the charset %s by its name', async (charset) => {
    const { status, body } = await post(json, { 'content-type': `application/json; charset=${charset}` });
    expect(status).toBe(415);
    expect(body).toMatchObject({
      code: 'unsupported_charset',
      error: expect.stringContaining(charset) as string,
    });
  });
});

describe('compression', () => {
  it.each([
    ['gzip', gzipSync(json)],
    ['x-gzip', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['deflate', deflateRawSync(json)],
    ['br', brotliCompressSync(json)],
    ['gzip, br', brotliCompressSync(gzipSync(json))],
    ['identity', Buffer.from(json)],
    ['GZIP', gzipSync(named('José Müller'))],
  ])('inflates %s', async (encoding, bytes) => {
    const answer = await post(bytes, { 'content-encoding': encoding });
    expect(answer.status).toBe(202);
    expect((await dataOf(answer))['user_name']).toBe('José Müller');
  });

  it('inflates a charset, too', async () => {
    const answer = await post(gzipSync(Buffer.from(json, 'latin1')), {
      'content-encoding': 'gzip',
      'content-type': 'application/json; charset=ISO-8859-1',
    });
    expect((await dataOf(answer))['user_name']).toBe('José Müller');
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20))],
    ['br', brotliCompressSync(Buffer.alloc(40 * 1024 * 1024, 0x20))],
    ['deflate', deflateRawSync(Buffer.alloc(40 * 1024 * 1024, 0x20))],
  ])('stops at the limit of a body: %s', async (encoding, bytes) => {
    const { status, body } = await post(bytes, { 'content-encoding': encoding });
    expect(status).toBe(413);
    expect(body.code).toBe('body_too_large');
  });

  it.each([
    ['gzip', Buffer.from(json)],
    ['gzip', gzipSync(json).subarray(0, 40)],
    ['br', gzipSync(json)],
    ['deflate', gzipSync(json)],
  ])('refuses what is not %s, in words', async (encoding, bytes) => {
    const { status, body } = await post(bytes, { 'content-encoding': encoding });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'invalid_encoding',
      error: expect.stringContaining(encoding) as string,
    });
  });

  it.each(['zstd', 'compress', 'gzip, gzip, gzip, gzip'])('refuses %s by its name', async (encoding) => {
    const { status, body } = await post(gzipSync(json), { 'content-encoding': encoding });
    expect(status).toBe(415);
    expect(body).toMatchObject({
      code: 'unsupported_encoding',
      error: expect.stringContaining(encoding) as string,
    });
  });
});

describe('forms', () => {
  const fields = { user_id: '17', user_name: 'José & Müller', clock_in_time: '2026-07-01 07:58:00' };
  const built = new URLSearchParams(
    Object.entries(fields).map(([name, value]) => [`event_data[${name}]`, value]),
  ).toString();
  const event = JSON.stringify({ event_type: 'user:clockedIn', event_data: fields });

  it.each([
    ['http_build_query', `event_type=user%3AclockedIn&${built}`],
    [
      'names that are not encoded',
      `event_type=user:clockedIn&${built.replaceAll('%5B', '[').replaceAll('%5D', ']')}`,
    ],
    [
      'JSON in event_data',
      `event_type=user:clockedIn&event_data=${encodeURIComponent(JSON.stringify(fields))}`,
    ],
    ['the whole in payload', `payload=${encodeURIComponent(event)}`],
    ['the whole as a name', encodeURIComponent(event)],
    ['JSON that says it is a form', event],
  ])('are read: %s', async (_what, raw) => {
    const answer = await post(raw, form);
    expect(answer.body).toMatchObject({ success: true });
    expect(await dataOf(answer)).toEqual(fields);
  });

  it('keep lists and what is in them', async () => {
    const raw = `event_type=user:clockedIn&${built}&event_data[items][0][name]=A&event_data[items][1][name]=B&event_data[tags][]=x&event_data[tags][]=y`;
    expect(await dataOf(await post(raw, form))).toMatchObject({
      items: [{ name: 'A' }, { name: 'B' }],
      tags: ['x', 'y'],
    });
  });

  it('are read in their charset', async () => {
    const raw = `event_type=user:clockedIn&${built.replace('Jos%C3%A9', 'Jos%E9')}`;
    const type = 'application/x-www-form-urlencoded; charset=ISO-8859-1';
    expect((await post(raw, form)).body.code).toBe('invalid_encoding');
    const answer = await post(raw.replace('M%C3%BC', 'M%FC'), { 'content-type': type });
    expect((await dataOf(answer))['user_name']).toBe('José & Müller');
  });

  it.each([
    ['event_data[__proto__][x]=1', 422],
    ['event_data[a][constructor]=1', 422],
    [`event_data${'[a]'.repeat(100)}=1`, 422],
  ])('hold nothing that hurts: %s', async (more, status) => {
    const answer = await post(`event_type=user:clockedIn&${built}&${more}`, form);
    expect(answer.status).toBe(status);
  });
});

describe('JSON that was encoded twice', () => {
  it.each([
    ['the body', JSON.stringify(json), 400],
    ['the body three times', JSON.stringify(JSON.stringify(json)), 400],
    ['event_data', JSON.stringify({ ...quietEvent, event_data: JSON.stringify(quietEvent.event_data) }), 422],
  ])('is refused in words that say so: %s', async (_what, raw, status) => {
    const answer = await post(raw);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toContain('encoded twice');
  });
});
