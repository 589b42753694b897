import { defaultTenantSettings, type TenantSettings } from '../../main/contracts/tenant-settings';
import type { ChannelTenant, OutgoingMessage } from '../../main/gateway/channels/channel';
import { ChannelError } from '../../main/gateway/channels/channel';

export function makeTenant(settings: Partial<TenantSettings> = {}, customerId = 'ACC001'): ChannelTenant {
  return { customerId, name: 'Acme', settings: { ...defaultTenantSettings, ...settings } };
}

let nextDelivery = 1;

export function makeMessage(parts: Partial<OutgoingMessage> = {}): OutgoingMessage {
  const deliveryId = nextDelivery++;
  return {
    deliveryId,
    eventId: 7,
    eventType: 'invoice:sent',
    eventTime: new Date('2026-03-04T05:06:07.000Z'),
    recipient: 'client@example.com',
    attempt: 1,
    messageId: `<delivery-${deliveryId}@gateway.example>`,
    email: { subject: 'Invoice INV-1', text: 'Dear client', html: '<p>Dear client</p>' },
    attachments: [],
    eventData: { invoice_number: 'INV-1' },
    ...parts,
  };
}

export const never = (): AbortSignal => new AbortController().signal;

/** The ChannelError that a sending ends in; fails the test when it ends in anything else. */
export async function failureOf(sending: Promise<unknown>): Promise<ChannelError> {
  let result: unknown;
  try {
    result = await sending;
  } catch (thrown) {
    if (thrown instanceof ChannelError) return thrown;
    throw thrown;
  }
  throw new Error(`the sending was to fail, but gave ${JSON.stringify(result)}`);
}
