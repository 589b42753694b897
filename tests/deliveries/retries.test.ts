import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import type { WatchedSocket } from '../support/watch-socket';

interface Attempt {
  attempt: number;
  started_at: string;
  duration_ms: number;
  outcome: string;
  error_code: string | null;
  response: string;
}

interface Delivery {
  id: number;
  channel: string;
  status: string;
  retry_count: number;
  message_id: string | null;
  error: string | null;
  error_code: string | null;
  next_attempt_at: string | null;
  attempts: Attempt[];
}

interface Accepted {
  event_id: number;
  deliveries: { id: number; channel: string }[];
}

let mail: MailCatcher;
let hook: WebhookReceiver;
let gateway: TestGateway;
/** emails only */
let mailer: TestTenant;
/** webhooks only */
let hooker: TestTenant;
let mailSocket: WatchedSocket;
let hookSocket: WatchedSocket;

beforeAll(async () => {
  [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  gateway = await startGateway({
    env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) },
  });
  mailer = await gateway.addTenant({ settings: { max_retries: 3, first_retry_seconds: 0.02 } });
  hooker = await gateway.addTenant({
    settings: {
      webhook_enabled: true,
      webhook_url: `${hook.origin}/hook`,
      max_retries: 3,
      first_retry_seconds: 0.02,
    },
  });
  [mailSocket, hookSocket] = [await mailer.watch(), await hooker.watch()];
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([mail.stop(), hook.stop()]);
});
beforeEach(() => {
  mail.reset();
  hook.reset();
});

async function readDelivery(tenant: TestTenant, accepted: Accepted): Promise<Delivery> {
  const event = await tenant.get<{ deliveries: Delivery[] }>(`/api/events/${accepted.event_id}`);
  return event.body.deliveries[0]!;
}

async function settled(tenant: TestTenant, accepted: Accepted): Promise<Delivery> {
  return waitUntil(
    async () => {
      const delivery = await readDelivery(tenant, accepted);
      return ['sent', 'failed'].includes(delivery.status) && delivery;
    },
    { what: 'the delivery to settle' },
  );
}

/** Other tests' messages may still be on their way. */
const mailsTo = (email: string) => mail.mails.filter((caught) => caught.to.includes(email));
const sendMail = async (email: string): Promise<Accepted> =>
  (await mailer.post<Accepted>('/api/events', invoiceEvent({ client_email: email }))).body;
const sendHook = async (): Promise<Accepted> => (await hooker.post<Accepted>('/api/events', quietEvent)).body;

describe('email', () => {
  it('gives up at once on a 550, and says so', async () => {
    mail.behave({ stage: 'rcpt', recipient: 'gone@example.com', code: 550, text: '5.1.1 no such user' });
    const accepted = await sendMail('gone@example.com');
    const failed = await mailSocket.waitFor(
      'message:failed',
      (payload) => payload['event_id'] === accepted.event_id,
    );
    expect(failed).toMatchObject({
      delivery_id: accepted.deliveries[0]?.id,
      customer_id: mailer.customerId,
      channel: 'email',
      recipient: 'gone@example.com',
      will_retry: false,
      next_attempt_at: null,
      error: expect.any(String) as string,
    });
    const delivery = await settled(mailer, accepted);
    expect(delivery.status).toBe('failed');
    expect(delivery.attempts).toHaveLength(1);
    expect(delivery.attempts[0]).toMatchObject({
      attempt: 1,
      outcome: 'failed',
      response: expect.stringContaining('5.1.1 no such user') as string,
    });
    expect(delivery.attempts[0]?.duration_ms).toBeGreaterThanOrEqual(0);
  });

  it('tries again after a 451, under the same Message-ID', async () => {
    mail.behave({
      stage: 'data',
      recipient: 'busy@example.com',
      times: 2,
      code: 451,
      text: '4.7.1 greylisted',
    });
    const accepted = await sendMail('busy@example.com');
    const retry = await mailSocket.waitFor(
      'message:failed',
      (payload) => payload['event_id'] === accepted.event_id,
    );
    expect(retry).toMatchObject({
      will_retry: true,
      retry_count: 1,
      next_attempt_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    });
    const delivery = await settled(mailer, accepted);
    expect(delivery.status).toBe('sent');
    expect(delivery.retry_count).toBe(2);
    expect(delivery.attempts.map((attempt) => attempt.outcome)).toEqual(['retry', 'retry', 'sent']);
    expect(delivery.attempts.map((attempt) => attempt.attempt)).toEqual([1, 2, 3]);
    expect(mailsTo('busy@example.com').map(({ parsed }) => parsed.messageId)).toEqual([delivery.message_id]);
  });

  it('spends exactly max_retries, then fails for good', async () => {
    mail.behave({ stage: 'rcpt', recipient: 'never@example.com', code: 451, text: '4.2.1 not now' });
    const before = mail.recipientCount;
    const accepted = await sendMail('never@example.com');
    const failed = await mailSocket.waitFor(
      'event:failed',
      (payload) => payload['event_id'] === accepted.event_id,
    );
    expect(failed).toMatchObject({
      status: 'failed',
      sent: 0,
      failed: 1,
      total: 1,
      progress: 100,
      error: expect.any(String) as string,
      result: { deliveries: [{ id: accepted.deliveries[0]?.id, channel: 'email', status: 'failed' }] },
    });
    const delivery = await settled(mailer, accepted);
    expect(delivery.status).toBe('failed');
    expect(delivery.retry_count).toBe(3);
    expect(delivery.attempts).toHaveLength(4);
    expect(mail.recipientCount - before).toBe(4);
    expect(delivery.next_attempt_at).toBeNull();
    const told = () =>
      mailSocket
        .named('message:failed')
        .filter((payload) => payload['event_id'] === accepted.event_id)
        .map((payload) => [payload['will_retry'], payload['retry_count']]);
    await expect.poll(told).toEqual([
      [true, 1],
      [true, 2],
      [true, 3],
      [false, 3],
    ]);
  });

  it('waits by the schedule of the settings: never longer than first_retry_seconds × 4ⁿ', async () => {
    const firstRetryMs = 86_400_000;
    await mailer.set({ first_retry_seconds: firstRetryMs / 1000 });
    mail.behave({ stage: 'rcpt', recipient: 'later@example.com', times: 1, code: 451, text: 'later' });
    const sentAt = Date.now();
    const accepted = await sendMail('later@example.com');
    const retry = await mailSocket.waitFor(
      'message:failed',
      (payload) => payload['event_id'] === accepted.event_id,
    );
    const nextAt = Date.parse(String(retry['next_attempt_at']));
    expect(nextAt).toBeGreaterThanOrEqual(sentAt);
    expect(nextAt).toBeLessThanOrEqual(Date.now() + firstRetryMs);
    const id = accepted.deliveries[0]?.id ?? 0;
    const due = () => mailer.sql('select next_attempt_at from message_deliveries where id = $1', [id]);
    const before = await due();
    // A program has to wait for it, a person need not.
    expect((await mailer.post(`/api/deliveries/${id}/retry`)).status).toBe(202);
    expect(await due()).toEqual(before);
    const hurried = await gateway.gateway.console?.call(
      'history.retry',
      { customerId: mailer.customerId, id },
      { actor: 'test', windowId: 'test', role: 'operator' },
    );
    expect(hurried).toMatchObject({ ok: true });
    expect((await settled(mailer, accepted)).status).toBe('sent');
    await mailer.set({ first_retry_seconds: 0.02 });
  });
});

describe('webhooks', () => {
  it('tries again after a 503, under the same webhook-id', async () => {
    hook.behave({ status: 503, times: 2 });
    const accepted = await sendHook();
    const delivery = await settled(hooker, accepted);
    expect(delivery.status).toBe('sent');
    expect(hook.requests).toHaveLength(3);
    expect(new Set(hook.requests.map((request) => request.headers['webhook-id']))).toEqual(
      new Set([delivery.message_id]),
    );
    expect(delivery.attempts.map((attempt) => attempt.error_code)).toEqual(['http_503', 'http_503', null]);
  });

  it('gives up on 410 at once', async () => {
    hook.behave({ status: 410 });
    const accepted = await sendHook();
    const delivery = await settled(hooker, accepted);
    expect(delivery).toMatchObject({ status: 'failed', error_code: 'http_410' });
    expect(hook.requests).toHaveLength(1);
  });

  it('does not follow redirects', async () => {
    hook.behave({ redirectTo: `${hook.origin}/elsewhere`, path: '/hook' });
    const accepted = await sendHook();
    const delivery = await settled(hooker, accepted);
    expect(delivery.status).toBe('failed');
    expect(delivery.error).toContain('/elsewhere');
    expect(new Set(hook.requests.map((request) => request.path))).toEqual(new Set(['/hook']));
  });

  it('tries again when the connection is cut', async () => {
    hook.behave({ closeSocket: true, times: 1 });
    const accepted = await sendHook();
    expect((await settled(hooker, accepted)).status).toBe('sent');
    expect(hook.requests).toHaveLength(2);
  });

  it('lets one that hangs hold up nothing else', async () => {
    hook.behave({ hang: true, times: 1 });
    const stuck = await sendHook();
    await hook.waitForRequest();
    const next = await sendHook();
    expect((await settled(hooker, next)).status).toBe('sent');
    expect((await readDelivery(hooker, stuck)).status).toBe('sending');
    const other = await sendMail('meanwhile@example.com');
    expect((await settled(mailer, other)).status).toBe('sent');
  });
});

describe('dead letters', () => {
  it('are sent again one by one, and the event is completed', async () => {
    hook.behave({ status: 410 });
    const accepted = await sendHook();
    await settled(hooker, accepted);
    await hookSocket.waitFor('event:failed', (payload) => payload['event_id'] === accepted.event_id);
    hook.reset();
    const id = accepted.deliveries[0]?.id ?? 0;
    const answer = await hooker.post(`/api/deliveries/${id}/retry`);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ success: true });
    await hookSocket.waitFor('event:completed', (payload) => payload['event_id'] === accepted.event_id);
    expect((await settled(hooker, accepted)).status).toBe('sent');
    // What went out is not sent twice by this.
    const again = await hooker.post(`/api/deliveries/${id}/retry`);
    expect(again.status).toBe(409);
    expect((await hooker.post('/api/deliveries/999999/retry')).status).toBe(404);
    expect((await hooker.post('/api/deliveries/abc/retry')).status).toBe(404);
    expect(hook.requests).toHaveLength(1);
  });

  it('are sent again once in a while, however often a program asks, and each time counts', async () => {
    hook.behave({ status: 410 });
    const accepted = await sendHook();
    await settled(hooker, accepted);
    const id = accepted.deliveries[0]?.id ?? 0;
    for (let count = 0; count < 30; count += 1) {
      const { status } = await hooker.post(`/api/deliveries/${id}/retry`);
      // Under way just then.
      expect([202, 409]).toContain(status);
    }
    await expect.poll(() => hook.requests.length).toBe(2);
    await expect.poll(async () => (await hooker.post(`/api/deliveries/${id}/retry`)).status).toBe(202);
    const [row] = await hooker.sql<{ waits: number }>(
      'select extract(epoch from next_attempt_at - now())::float8 as waits from message_deliveries where id = $1',
      [id],
    );
    expect(row?.waits).toBeGreaterThan(5);
    expect(hook.requests).toHaveLength(2);

    await hooker.set({ rate_limit_per_minute: 1 });
    // A limit that was changed counts again.
    expect((await hooker.post(`/api/deliveries/${id}/retry`)).status).toBe(202);
    const answer = await hooker.post(`/api/deliveries/${id}/retry`);
    expect(answer.status).toBe(429);
    expect((await hooker.post('/api/deliveries/replay', { filter: {} })).status).toBe(429);
    await hooker.set({ rate_limit_per_minute: 1_000_000 });
    hook.reset();
  });

  it('are replayed by filter', async () => {
    await mailer.set({ max_retries: 0 });
    mail.behave({ stage: 'rcpt', code: 550, text: 'closed' });
    const all: Accepted[] = [];
    for (const name of ['a', 'b', 'c']) all.push(await sendMail(`replay-${name}@example.com`));
    for (const accepted of all) expect((await settled(mailer, accepted)).status).toBe('failed');
    mail.reset();
    const one = await mailer.post('/api/deliveries/replay', {
      filter: { recipient: 'replay-a@example.com', channel: 'email' },
    });
    expect(one.status).toBe(202);
    expect(one.body).toMatchObject({ success: true, replayed: 1 });
    await mail.waitForMail((caught) => caught.to.includes('replay-a@example.com'));
    const rest = await mailer.post('/api/deliveries/replay', {
      filter: {
        event_type: 'invoice:sent',
        from: new Date(Date.now() - 60_000).toISOString(),
        status: 'failed',
      },
    });
    expect(rest.status).toBe(202);
    await mail.waitForMail((caught) => caught.to.includes('replay-b@example.com'));
    await mail.waitForMail((caught) => caught.to.includes('replay-c@example.com'));
    for (const accepted of all) expect((await settled(mailer, accepted)).status).toBe('sent');
    expect(mailsTo('replay-a@example.com')).toHaveLength(1);
    for (const filter of [{ colour: 'red' }, { status: 'sent' }, { channel: 'pigeon' }, 'all']) {
      expect((await mailer.post('/api/deliveries/replay', { filter })).status).toBe(422);
    }
    await mailer.set({ max_retries: 3 });
  });

  it('are replayed all, however many there are', async () => {
    const many = await gateway.addTenant();
    await gateway.registry.setPaused(many.customerId, true);
    await many.sql(
      `with event as (
        insert into websocket_events (customer_id, event_type, event_data, status, deliveries_total, deliveries_sent, deliveries_failed)
        values ($1, 'invoice:sent', '{}', 'failed', 2500, 0, 2500) returning id)
      insert into message_deliveries (event_id, customer_id, channel, recipient, status, event_type)
      select event.id, $1, 'email', 'many' || n || '@example.com', case when n % 5 = 0 then 'sent' else 'failed' end, 'invoice:sent'
      from event, generate_series(1, 2500) n`,
      [many.customerId],
    );
    const { status, body } = await many.post('/api/deliveries/replay', { filter: {} });
    expect(status).toBe(202);
    expect(body).toMatchObject({ success: true, replayed: 2000 });
    const states = await many.sql(
      'select status, count(*)::integer as n from message_deliveries group by status order by status',
    );
    // Paused or not yet: either way they are back in their lane.
    expect(states.find((row) => row['status'] === 'failed')).toBeUndefined();
    expect(states.find((row) => row['status'] === 'sent')?.['n']).toBeGreaterThanOrEqual(500);
  });

  it('keep resolve for those whose outcome is unknown', async () => {
    mail.behave({ stage: 'rcpt', code: 550, text: 'closed' });
    const accepted = await sendMail('resolve@example.com');
    await settled(mailer, accepted);
    mail.reset();
    const id = accepted.deliveries[0]?.id ?? 0;
    expect((await mailer.post(`/api/deliveries/${id}/resolve`, { action: 'close' })).status).toBe(409);
    await mailer.sql(`update message_deliveries set status = 'unknown' where id = $1`, [id]);
    await mailer.sql('update websocket_events set deliveries_failed = 0, status = $2 where id = $1', [
      accepted.event_id,
      'processing',
    ]);
    expect((await mailer.post(`/api/deliveries/${id}/resolve`, { action: 'maybe' })).status).toBe(422);
    expect((await mailer.post(`/api/deliveries/${id}/retry`)).status).toBe(409);
    const closed = await mailer.post(`/api/deliveries/${id}/resolve`, { action: 'close' });
    expect(closed.status).toBe(202);
    expect((await readDelivery(mailer, accepted)).status).toBe('failed');
    expect((await mailer.get(`/api/events/${accepted.event_id}`)).body['status']).toBe('failed');
    await mailer.sql(`update message_deliveries set status = 'unknown' where id = $1`, [id]);
    const resent = await mailer.post(`/api/deliveries/${id}/resolve`, { action: 'resend' });
    expect(resent.status).toBe(202);
    expect((await settled(mailer, accepted)).status).toBe('sent');
    expect(mailsTo('resolve@example.com')).toHaveLength(1);
  });
});

describe('expires_at', () => {
  it('fails what could not leave in time, without sending it later', async () => {
    await mailer.set({ first_retry_seconds: 60 });
    mail.behave({ stage: 'rcpt', recipient: 'expires@example.com', code: 451, text: 'not now' });
    const { body } = await mailer.post<Accepted>(
      '/api/events',
      invoiceEvent(
        { client_email: 'expires@example.com' },
        { expires_at: new Date(Date.now() + 1_500).toISOString() },
      ),
    );
    const failed = await mailSocket.waitFor(
      'event:failed',
      (payload) => payload['event_id'] === body.event_id,
    );
    expect(failed['status']).toBe('failed');
    const delivery = await readDelivery(mailer, body);
    expect(delivery).toMatchObject({ status: 'failed', error_code: 'expired' });
    await mailer.set({ first_retry_seconds: 0.02 });
  });

  it('fails an event that comes expired, and sends nothing', async () => {
    const { status, body } = await mailer.post<Accepted>(
      '/api/events',
      invoiceEvent({ client_email: 'stale@example.com' }, { expires_at: '2020-01-01T00:00:00Z' }),
    );
    expect(status).toBe(202);
    const delivery = await settled(mailer, body);
    expect(delivery).toMatchObject({ status: 'failed', error_code: 'expired', attempts: [] });
    expect(mailsTo('stale@example.com')).toEqual([]);
  });
});
