import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { watchSocket } from '../support/watch-socket';

let gateway: TestGateway;
let hog: TestTenant;
beforeAll(async () => {
  gateway = await startGateway();
  hog = await gateway.addTenant({ customerId: 'HOG' });
});
afterAll(() => gateway.stop());

const inData = (text: string) => `{"event_type":"user:clockedIn","event_data":{"more":${text}}}`;
const keys = (count: number) =>
  `{${Array.from({ length: count }, (_, index) => `"k${index}":${index}`).join(',')}}`;
const send = (path: string, raw: string, key = hog.apiKey) =>
  gateway.call<{ code: string; details: { path: string }[] }>(path, {
    method: 'POST',
    raw,
    headers: { authorization: `Bearer ${key}` },
  });

describe('a body that would take long to read', () => {
  it.each<[string, string]>([
    ['empty lists', `[${'[],'.repeat(500_000)}0]`],
    ['names', keys(100_000)],
    ['numbers', `[${'1,'.repeat(500_000)}1]`],
    ['short texts', `[${'"",'.repeat(500_000)}1]`],
    ['nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('of %s is refused unread', async (_what, text) => {
    const event = await send('/api/events', inData(text));
    expect(event.status).toBe(422);
    expect(event.body).toMatchObject({ code: 'invalid_event', details: [{ path: 'body' }] });
    for (const path of ['/api/events/batch', '/api/templates/preview', '/api/event-types']) {
      expect((await send(path, text)).status, path).toBe(422);
    }
    // What was not parsed was not paid for: the next one is served.
    expect((await send('/api/events', JSON.stringify(quietEvent))).status).toBe(202);
  });

  it('is taken as long as it is an event that somebody could mean', async () => {
    expect(
      (
        await send(
          '/api/events',
          JSON.stringify({
            ...quietEvent,
            event_data: {
              ...quietEvent.event_data,
              lines: Array.from({ length: 10_000 }, (_, n) => ({ n, text: `line ${n}` })),
            },
          }),
        )
      ).status,
    ).toBe(202);
  });

  it('is refused by socket too, in an answer, and the connection stays', async () => {
    const socket = await watchSocket(gateway.origin, { token: hog.apiKey });
    try {
      for (const more of [
        Array(200_000).fill(1),
        Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n])),
      ]) {
        const event = { ...quietEvent, event_data: { ...quietEvent.event_data, more } };
        expect(await socket.ask('internal:event', event)).toMatchObject({
          success: false,
          code: 'invalid_event',
        });
      }
      socket.socket.emit('internal:event', { ...quietEvent, more: Array(200_000).fill(1) });
      expect(await socket.waitFor('event:failed')).toMatchObject({ code: 'invalid_event', event_id: null });
      const large = { ...quietEvent, event_data: { ...quietEvent.event_data, text: 'x'.repeat(500_000) } };
      const answers = await Promise.all([
        socket.ask('internal:event', large),
        socket.ask('internal:event', quietEvent),
      ]);
      // In the order in which they were sent, although only the first had to wait for its turn.
      expect(answers).toMatchObject([{ success: true }, { success: true }]);
      expect(Number(answers[0]['event_id'])).toBeLessThan(Number(answers[1]['event_id']));
    } finally {
      socket.close();
    }
  });
});
