import { expect, test } from 'vitest';
import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import { createCpuBudget } from '../../main/gateway/auth/cpu-budget';
import type { Channel } from '../../main/gateway/channels/channel';
import type { DeliveryEngineParts, DeliveryTenant } from '../../main/gateway/deliveries/delivery-tenant';
import { createRenderThrottle } from '../../main/gateway/deliveries/render-throttle';
import { sendDelivery } from '../../main/gateway/deliveries/send-delivery';
import { createMessageRenderer, type RenderContext } from '../../main/gateway/messages/message-renderer';
import type { ClaimedDelivery } from '../../main/gateway/storage/delivery-rows';

const real = createMessageRenderer();

/** The real renderer on a clock of the test's own, by which each message takes `takesMs`. */
function share(takesMs: number) {
  let clock = 0;
  const renderer = {
    ...real,
    renderEmail: (...rest: Parameters<typeof real.renderEmail>) => {
      clock += takesMs;
      return real.renderEmail(...rest);
    },
  };
  const render = createRenderThrottle(
    renderer,
    createCpuBudget(1_000, 'milliseconds of slow templates in a minute', { freeMs: 5, now: () => clock }),
  );
  return { render, wait: (ms: number) => void (clock += ms) };
}

const template = { subject: 'Invoice', text: 'Dear client' };
const context: RenderContext = {
  data: {},
  eventType: { type: 'invoice:sent', title: 'Invoice' },
  tenant: { name: 'Acme', customerId: 'SLOW' },
  settings: defaultTenantSettings,
  now: new Date(0),
};

test('slow templates wait when their tenant has used up its share, and nobody else does', () => {
  const { render, wait } = share(605);
  render('SLOW').renderEmail(template, context);
  render('SLOW').renderEmail(template, context);
  expect(() => render('SLOW').renderEmail(template, context)).toThrow(
    expect.objectContaining({ kind: 'deferred', code: 'templates_slow', detail: { retryAfterMs: 11_000 } }),
  );
  expect(render('OTHER').renderEmail(template, context).subject).toBe('Invoice');
  wait(11_100);
  expect(render('SLOW').renderEmail(template, context).subject).toBe('Invoice');
});

/** How many of a thousand messages one after the other are rendered before their tenant has to wait. */
function countRendered(takesMs: number): number {
  const { render } = share(takesMs);
  for (let count = 0; count < 1_000; count += 1) {
    try {
      expect(render('BUSY').renderEmail(template, context)).toMatchObject({
        subject: 'Invoice',
        text: expect.stringContaining('Dear client') as string,
      });
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'templates_slow' });
      return count;
    }
  }
  return 1_000;
}

test('good templates are free, any number of them; a little slower, and they are not', () => {
  expect(countRendered(4)).toBe(1_000);
  expect(countRendered(60)).toBeLessThan(100);
});

test('a message that waits for its share spends no attempt', async () => {
  const { render } = share(2_000);
  render('SLOW').renderEmail(template, context);
  const channel: Channel = {
    name: 'email',
    concurrency: 1,
    ordered: false,
    send: () => Promise.reject(new Error('nothing is to be sent')),
    stop: () => Promise.resolve(),
  };
  const tenant = {
    customerId: 'SLOW',
    name: 'Acme',
    settings: defaultTenantSettings,
    templatesFor: () => ({ eventType: context.eventType, email: template }),
  } as unknown as DeliveryTenant;
  const delivery = {
    id: 1,
    event_id: 7,
    event_type: 'invoice:sent',
    channel: 'email',
    recipient: 'client@example.com',
    audience: 'client',
    retry_count: 2,
    expires_at: null,
    direct_message: null,
    direct_content_bytes: null,
    event_data: {},
  } as ClaimedDelivery;
  const parts = { render } as DeliveryEngineParts;
  const { outcome, channelHealth } = await sendDelivery(
    parts,
    tenant,
    channel,
    delivery,
    new AbortController().signal,
    false,
  );
  expect(outcome).toMatchObject({
    status: 'pending',
    retryCount: 2,
    errorCode: 'templates_slow',
    attempt: null,
  });
  expect(outcome.nextAttemptInMs).toBeGreaterThan(10_000);
  expect(channelHealth).toBeUndefined();
});
