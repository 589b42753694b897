import { describe, expect, test } from 'vitest';
import { ChannelError } from '../../../main/gateway/channels/channel';
import type { OutboundResponse } from '../../../main/gateway/channels/outbound/outbound-client';
import {
  judgeWebhookResponse,
  parseRetryAfter,
} from '../../../main/gateway/channels/webhook/webhook-response';

const nowMs = Date.parse('2026-03-01T09:00:00Z');
const url = new URL('https://user:pass@shop.example.com/hook?key=secret');

function judge(status: number, headers: Record<string, string> = {}, body = ''): string | ChannelError {
  const response = { status, headers, body: Buffer.from(body) } as unknown as OutboundResponse;
  try {
    return judgeWebhookResponse(response, url, nowMs);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ChannelError);
    return thrown as ChannelError;
  }
}

describe('an answer', () => {
  test.each([200, 201, 202, 204, 299])('%i is taken', (status) => {
    expect(judge(status)).toBe(String(status));
  });

  test('is kept with its words', () => {
    expect(judge(200, {}, 'thank you')).toBe('200 thank you');
  });

  test.each([400, 401, 403, 404, 405, 413, 415, 418, 422, 500, 501, 508])(
    '%i may pass later, and the server counts as there',
    (status) => {
      expect(judge(status)).toMatchObject({
        kind: 'temporary',
        code: `http_${status}`,
        detail: { response: String(status) },
      });
    },
  );

  test.each([408, 425, 429, 502, 503, 504])('%i means that nothing passes now', (status) => {
    expect(judge(status)).toMatchObject({ kind: 'unavailable', code: `http_${status}` });
  });

  test('410 is for good', () => {
    expect(judge(410)).toMatchObject({ kind: 'permanent', code: 'http_410' });
  });

  test.each([301, 302, 303, 307, 308])('%i is not followed, and says where it leads', (status) => {
    const error = judge(status, { location: 'https://new.example.com/other?token=x' });
    expect(error).toMatchObject({ kind: 'temporary', code: 'webhook_redirected' });
    expect((error as ChannelError).message).toContain('redirects to https://new.example.com/other ');
    expect((error as ChannelError).message).not.toContain('token');
  });

  test.each([
    ['/elsewhere', 'https://shop.example.com/elsewhere'],
    ['//cdn.example.com/x', 'https://cdn.example.com/x'],
    ['http://[', 'another address'],
    [undefined, 'another address'],
  ])('a redirect to %s leads to %s', (location, target) => {
    const error = judge(302, location === undefined ? {} : { location });
    expect((error as ChannelError).message).toContain(`redirects to ${target} (302)`);
  });

  test.each([404, 410, 500, 503, 302])('%i names the host, and none of the address’s secrets', (status) => {
    const { message } = judge(status) as ChannelError;
    expect(message).toContain('shop.example.com');
    expect(message).not.toMatch(/pass|secret|user/);
  });

  test.each([
    [503, '120', 120_000],
    [429, '0', 0],
    [503, 'soon', undefined],
    [503, undefined, undefined],
  ])('%i with Retry-After %s asks for patience: %s ms', (status, header, retryAfterMs) => {
    const error = judge(status, header === undefined ? {} : { 'retry-after': header }) as ChannelError;
    expect(error.detail.retryAfterMs).toBe(retryAfterMs);
  });
});

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 30 ', 30_000],
    ['86400', 86_400_000],
    ['999999999999', 86_400_000],
    ['Sun, 01 Mar 2026 09:01:00 GMT', 60_000],
    ['Sun, 01 Mar 2026 08:00:00 GMT', 0],
    ['Sun, 01 Mar 2037 09:00:00 GMT', 86_400_000],
    ['', undefined],
    ['   ', undefined],
    ['later', undefined],
    [undefined, undefined],
  ])('%j is %s ms', (value, expected) => {
    expect(parseRetryAfter(value, nowMs)).toBe(expected);
  });
});
