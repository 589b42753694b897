import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultTenantSettings, type TenantSettings } from '../../main/contracts/tenant-settings';
import {
  type Channel,
  ChannelError,
  type OutgoingMessage,
  type SendReceipt,
} from '../../main/gateway/channels/channel';
import type {
  DeliveryEngineParts,
  DeliveryTenant,
  MessageTemplates,
} from '../../main/gateway/deliveries/delivery-tenant';
import { sendDelivery } from '../../main/gateway/deliveries/send-delivery';
import type { ClaimedDelivery } from '../../main/gateway/storage/delivery-store';
import { never } from '../channels/make-message';
import { makeClaimedDelivery } from './claimed-delivery';

const rendered = { subject: 'Invoice', text: 'Dear client', html: '<p>Dear client</p>' };
const templates: MessageTemplates = {
  eventType: { type: 'invoice:sent', title: 'Invoice sent', fallback: 'email' },
  emailField: 'client_email',
  email: { subject: '', text: '' },
  whatsapp: { text: '' },
};

interface Case {
  readonly send?: (message: OutgoingMessage) => Promise<SendReceipt>;
  readonly delivery?: Partial<ClaimedDelivery>;
  readonly settings?: Partial<TenantSettings>;
  readonly templates?: MessageTemplates | undefined;
  readonly isProbe?: boolean;
}

const accepted: SendReceipt = { messageId: 'id of the other side', response: '250 ok' };

/** Sends one email, or what the case says. */
async function run(given: Case = {}) {
  const asked: OutgoingMessage[] = [];
  const channel = {
    send(_tenant: unknown, message: OutgoingMessage) {
      asked.push(message);
      return given.send ? given.send(message) : Promise.resolve(accepted);
    },
  } as unknown as Channel;
  const parts = {
    render: () => ({ renderEmail: () => rendered, renderWhatsApp: () => ({ text: 'Dear client' }) }),
  } as unknown as DeliveryEngineParts;
  const tenant = {
    customerId: 'ACC001',
    settings: { ...defaultTenantSettings, max_retries: 3, first_retry_seconds: 10, ...given.settings },
    templatesFor: () => ('templates' in given ? given.templates : templates),
  } as unknown as DeliveryTenant;
  const delivery = makeClaimedDelivery(given.delivery);
  const sent = await sendDelivery(parts, tenant, channel, delivery, never(), given.isProbe ?? false);
  return { ...sent, asked };
}

const failing = (
  kind: ConstructorParameters<typeof ChannelError>[0],
  detail: ConstructorParameters<typeof ChannelError>[3] = {},
  code = 'some_code',
) => ({
  send: () => Promise.reject(new ChannelError(kind, code, 'It did not work.', detail)),
});

// The jitter of the retries: half of the longest wait.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.5));
afterEach(() => void vi.restoreAllMocks());

describe('a message that was taken', () => {
  it('is sent, with what was sent and what the other side answered', async () => {
    const { outcome, channelHealth } = await run({ delivery: { id: 5, retry_count: 2 } });
    expect(channelHealth).toBe('ok');
    expect(outcome).toMatchObject({
      id: 5,
      status: 'sent',
      retryCount: 2,
      messageId: accepted.messageId,
      message: rendered,
      error: null,
      attempt: { attempt: 3, outcome: 'sent', errorCode: null, response: '250 ok' },
    });
  });

  it('keeps at most 1,000 characters of the answer', async () => {
    const { outcome } = await run({
      send: () => Promise.resolve({ messageId: 'x', response: 'y'.repeat(5_000) }),
    });
    expect(outcome.attempt?.response).toHaveLength(1_000);
  });
});

describe('a message that expired', () => {
  it('fails without being tried', async () => {
    const { outcome, channelHealth, asked } = await run({
      delivery: { retry_count: 1, expires_at: new Date(Date.now() - 1) },
    });
    expect(asked).toEqual([]);
    expect(channelHealth).toBeUndefined();
    expect(outcome).toMatchObject({ status: 'failed', retryCount: 1, errorCode: 'expired', attempt: null });
  });

  it('is sent as long as it has time', async () => {
    const { outcome } = await run({ delivery: { expires_at: new Date(Date.now() + 60_000) } });
    expect(outcome.status).toBe('sent');
  });
});

describe('a failure', () => {
  it('for now is tried again, later each time', async () => {
    const first = await run(failing('temporary'));
    expect(first.channelHealth).toBe('ok');
    expect(first.outcome).toMatchObject({
      status: 'pending',
      retryCount: 1,
      nextAttemptInMs: 5_000,
      message: null,
      errorCode: 'some_code',
      error: 'It did not work.',
      attempt: { attempt: 1, outcome: 'retry', response: 'It did not work.' },
    });
    const second = await run({ ...failing('temporary'), delivery: { retry_count: 1 } });
    expect(second.outcome).toMatchObject({ retryCount: 2, nextAttemptInMs: 20_000 });
  });

  it('waits as long as the other side asks for', async () => {
    const { outcome } = await run(failing('temporary', { retryAfterMs: 90_000, response: '451 later' }));
    expect(outcome).toMatchObject({ nextAttemptInMs: 90_000, attempt: { response: '451 later' } });
  });

  it('of the last retry is final, and is not counted beyond what the tenant allows', async () => {
    const { outcome } = await run({ ...failing('temporary'), delivery: { retry_count: 3 } });
    expect(outcome).toMatchObject({
      status: 'failed',
      retryCount: 3,
      message: rendered,
      attempt: { attempt: 4, outcome: 'failed' },
    });
  });

  it('after the tenant has lowered its retries keeps the count that it had', async () => {
    const { outcome } = await run({
      ...failing('temporary'),
      delivery: { retry_count: 6 },
      settings: { max_retries: 2 },
    });
    expect(outcome).toMatchObject({ status: 'failed', retryCount: 6 });
  });

  it('for good is final at once', async () => {
    const { outcome, channelHealth } = await run(failing('permanent'));
    expect(channelHealth).toBe('ok');
    expect(outcome).toMatchObject({ status: 'failed', retryCount: 1, attempt: { outcome: 'failed' } });
  });

  it('of a dead server costs a retry, and tells the breaker', async () => {
    const { outcome, channelHealth } = await run(failing('unavailable'));
    expect(channelHealth).toBe('unavailable');
    expect(outcome).toMatchObject({ status: 'pending', retryCount: 1, nextAttemptInMs: 5_000 });
  });

  it('of a probe costs none: the breaker says when the next one leaves', async () => {
    const { outcome } = await run({ ...failing('unavailable'), isProbe: true, delivery: { retry_count: 3 } });
    expect(outcome).toMatchObject({ status: 'pending', retryCount: 3, nextAttemptInMs: 0 });
  });

  it('of a probe that has to do with the message counts like any other', async () => {
    const { outcome } = await run({ ...failing('temporary'), isProbe: true });
    expect(outcome).toMatchObject({ status: 'pending', retryCount: 1 });
  });

  it('to be allowed now is no attempt', async () => {
    const { outcome } = await run(failing('deferred', { retryAfterMs: 7_000 }));
    expect(outcome).toMatchObject({
      status: 'pending',
      retryCount: 0,
      nextAttemptInMs: 7_000,
      attempt: null,
    });
    expect((await run(failing('deferred'))).outcome.nextAttemptInMs).toBe(60_000);
  });

  it('that leaves the outcome open waits for a person', async () => {
    const { outcome } = await run(failing('unknown'));
    expect(outcome).toMatchObject({ status: 'unknown', message: rendered, attempt: { outcome: 'unknown' } });
  });

  it('of the channel’s own making counts as one for now', async () => {
    const { outcome } = await run({ send: () => Promise.reject(new TypeError('x is not a function')) });
    expect(outcome).toMatchObject({
      status: 'pending',
      errorCode: 'unexpected_error',
      error: 'x is not a function',
    });
  });

  it('to build the message is final, and says nothing about the channel', async () => {
    const { outcome, channelHealth, asked } = await run({ templates: undefined });
    expect(asked).toEqual([]);
    expect(channelHealth).toBeUndefined();
    expect(outcome).toMatchObject({ status: 'failed', errorCode: 'template_missing', message: null });
  });
});

describe('a WhatsApp message that cannot be taken', () => {
  const whatsapp = {
    channel: 'whatsapp' as const,
    recipient: '0821234567',
    event_data: { client_email: 'client@example.com' },
    retry_count: 2,
  };
  const refused = (code: string) => failing('permanent', {}, code);

  it.each(['not_on_whatsapp', 'phone_invalid', 'new_contact_quota', 'new_contacts_locked'])(
    'goes on as an email: %s',
    async (code) => {
      const { outcome } = await run({ ...refused(code), delivery: whatsapp });
      expect(outcome).toMatchObject({
        status: 'pending',
        retryCount: 0,
        nextAttemptInMs: 0,
        errorCode: code,
        error: 'It did not work. An email is sent instead.',
        reroute: { channel: 'email', recipient: 'client@example.com' },
        attempt: { attempt: 3, outcome: 'retry' },
      });
    },
  );

  it.each<[string, Partial<Case>, string]>([
    ['for another reason', {}, 'message_empty'],
    ['and email is off', { settings: { email_enabled: false } }, 'not_on_whatsapp'],
    ['and has no address', { delivery: { ...whatsapp, event_data: {} } }, 'not_on_whatsapp'],
    [
      'and no fallback is wanted',
      {
        templates: {
          ...templates,
          eventType: { type: 'invoice:sent', title: 'Invoice sent', fallback: 'none' },
        },
      },
      'not_on_whatsapp',
    ],
  ])('fails %s', async (_why, changes, code) => {
    const { outcome } = await run({ ...refused(code), delivery: whatsapp, ...changes });
    expect(outcome).toMatchObject({ status: 'failed', errorCode: code });
    expect(outcome.reroute).toBeUndefined();
  });

  it('goes on as an email where the tenant wants it for all event types', async () => {
    const { outcome } = await run({
      ...refused('not_on_whatsapp'),
      delivery: whatsapp,
      settings: { whatsapp_email_fallback: true },
      templates: {
        ...templates,
        eventType: { type: 'invoice:sent', title: 'Invoice sent', fallback: 'none' },
      },
    });
    expect(outcome.reroute).toEqual({ channel: 'email', recipient: 'client@example.com' });
  });
});
