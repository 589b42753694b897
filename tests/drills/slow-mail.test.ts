import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { waitUntil } from '../support/wait-until';
import { watchSocket } from '../support/watch-socket';
import { addressOf } from './event-load';
import { createInstallation, type Installation } from './serve-process';

let mail: MailCatcher;
let installation: Installation;
let apiKey: string;

beforeAll(async () => {
  mail = await startMailCatcher();
  installation = await createInstallation({
    SYSTEM_SMTP_HOST: mail.host,
    SYSTEM_SMTP_PORT: String(mail.port),
  });
  apiKey = (await installation.run<{ api_key: string }>('tenant', 'add', 'ACC001')).api_key;
});
afterAll(async () => {
  await installation.remove();
  await mail.stop();
});

it('SIGTERM with sockets connected and mail in flight: exit 0 within 10 s, every mail once', async () => {
  const gateway = await installation.serve();
  const sockets = await Promise.all(
    Array.from({ length: 5 }, () => watchSocket(gateway.origin, { token: apiKey })),
  );
  // Two of the mails under way are answered soon, the others not before the stop's patience ends.
  mail.behave({ stage: 'data', delayMs: 120_000 });
  mail.behave({ stage: 'data', delayMs: 1_500, times: 2 });
  for (let n = 0; n < 30; n += 1) {
    const answer = await sockets[n % 5]!.ask('internal:event', {
      event_type: 'invoice:sent',
      event_data: { invoice_id: n, client_email: addressOf(n), invoice_number: `INV-${n}`, total_amount: n },
    });
    expect(answer).toMatchObject({ success: true });
  }
  await mail.waitForRecipients(3);
  const startedAt = performance.now();
  expect(await gateway.end('SIGTERM')).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await waitUntil(() => sockets.every((socket) => !socket.socket.connected), { what: 'the sockets to end' });
  sockets.forEach((socket) => socket.close());
  expect(mail.count).toBe(2);
  mail.reset();

  const again = await installation.serve();
  await mail.waitForCount(30);
  await waitUntil(
    async () => {
      const response = await fetch(`${again.origin}/api/events?status=completed&limit=100`, {
        headers: { authorization: `Bearer ${apiKey}` },
      });
      return ((await response.json()) as { events: unknown[] }).events.length === 30;
    },
    { what: 'all events to complete' },
  );
  // None was accepted by the mail server twice: what was cut off in mid-mail was not accepted there.
  expect(mail.count).toBe(30);
  expect(await again.end('SIGINT')).toBe(0);
});
