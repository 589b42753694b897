import { expect, test } from 'vitest';
import { defaultTenantSettings, type TenantSettings } from '../../main/contracts/tenant-settings';
import { ChannelError, type Channel, type ChannelErrorKind } from '../../main/gateway/channels/channel';
import type { DeliveryEngineParts, DeliveryTenant } from '../../main/gateway/deliveries/delivery-tenant';
import { sendDelivery } from '../../main/gateway/deliveries/send-delivery';
import { createMessageRenderer } from '../../main/gateway/messages/message-renderer';
import type { ClaimedDelivery } from '../../main/gateway/storage/delivery-rows';

const eventData = { client_email: 'client@example.com' };
const claimed: ClaimedDelivery = {
  id: 1,
  event_id: 7,
  event_type: 'invoice:sent',
  channel: 'whatsapp',
  recipient: '+27821234567',
  audience: 'client',
  retry_count: 2,
  message_id: null,
  queued_at: null,
  created_at: null,
  expires_at: null,
  direct_message: null,
  direct_content_bytes: null,
  event_created_at: null,
  event_data: eventData,
};

interface Case {
  readonly kind?: ChannelErrorKind;
  readonly code?: string;
  readonly fallback?: 'email' | 'none';
  readonly settings?: Partial<TenantSettings>;
  readonly delivery?: Partial<ClaimedDelivery>;
}

/** What becomes of a delivery that WhatsApp does not take. */
async function outcomeOf({ kind = 'permanent', code = 'not_on_whatsapp', ...rest }: Case) {
  const channel: Channel = {
    name: 'whatsapp',
    concurrency: 1,
    ordered: true,
    send: () => Promise.reject(new ChannelError(kind, code, 'WhatsApp does not take it.')),
    stop: () => Promise.resolve(),
  };
  const tenant = {
    customerId: 'ACC001',
    name: 'Acme',
    settings: { ...defaultTenantSettings, email_enabled: true, ...rest.settings },
    templatesFor: () => ({
      eventType: { type: 'invoice:sent', title: 'Invoice', fallback: rest.fallback ?? 'email' },
      emailField: 'client_email',
      email: { subject: 'Invoice', text: 'Dear client' },
      whatsapp: { text: 'Dear client' },
    }),
    deliveries: { loadEventData: () => Promise.resolve(eventData) },
  } as unknown as DeliveryTenant;
  const parts = { render: () => createMessageRenderer() } as unknown as DeliveryEngineParts;
  const delivery = { ...claimed, ...rest.delivery };
  return (await sendDelivery(parts, tenant, channel, delivery, new AbortController().signal, false)).outcome;
}

test.each<Case>([
  { code: 'not_on_whatsapp' },
  { code: 'phone_invalid' },
  { kind: 'deferred', code: 'new_contact_quota' },
  { kind: 'deferred', code: 'new_contacts_locked' },
  { fallback: 'none', settings: { whatsapp_email_fallback: true } },
  // An invoice with its PDF: the claim leaves the data out.
  { delivery: { event_data: null } },
])('goes on as an email: %o', async (way) => {
  expect(await outcomeOf(way)).toMatchObject({
    status: 'pending',
    retryCount: 0,
    nextAttemptInMs: 0,
    reroute: { channel: 'email', recipient: 'client@example.com' },
    error: 'WhatsApp does not take it. An email is sent instead.',
  });
});

test.each<Case>([
  { fallback: 'none' },
  { settings: { email_enabled: false } },
  { delivery: { event_data: {} } },
  { kind: 'temporary', code: 'whatsapp_refused' },
  // It may have left: an email besides could say it twice.
  { kind: 'unknown', code: 'outcome_unknown' },
])('stays with WhatsApp: %o', async (way) => {
  expect((await outcomeOf(way)).reroute).toBeUndefined();
});
