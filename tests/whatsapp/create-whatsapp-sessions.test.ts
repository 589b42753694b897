import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWhatsAppHarness, type WhatsAppHarness } from './whatsapp-harness';

let harness: WhatsAppHarness;
beforeAll(async () => {
  harness = await createWhatsAppHarness();
});
afterAll(() => harness.stop());

test('a scan makes a session ready, a text is sent at ack 1 and read at ack 3', async () => {
  const phone = await harness.pair('ACC001', '27821110001');
  const link = harness.sessions.linkOf('ACC001')!;
  const acks: [string, number][] = [];
  const off = harness.sessions.listen({
    created: () => undefined,
    acknowledged: (_customerId, messageId, ack) => acks.push([messageId, ack]),
    received: () => undefined,
  });
  const sent = await link.send('27830000001@c.us', { kind: 'text', text: 'Hello' });
  off();
  expect(sent).toMatchObject({ chatId: '27830000001@c.us', isFromMe: true, body: 'Hello' });
  expect(sent?.ack).toBeGreaterThanOrEqual(1);
  expect(phone.received.map(({ body }) => body)).toEqual(['Hello']);
  expect(harness.changes.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['qr_generated', 'client_authenticated', 'client_ready']),
  );
});
