import type { ChannelName } from '../../contracts/statuses';
import { GatewayError } from '../errors';
import type { Signals } from '../signals';
import type { DeliveryHistoryStore } from '../storage/delivery-history-store';
import type { ClaimedDelivery } from '../storage/delivery-rows';
import type { DeliveryEngineParts, DeliveryTenant } from './delivery-tenant';
import { sendDelivery } from './send-delivery';

interface TestMessage {
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly message: { readonly subject: string; readonly text: string };
  readonly withinMs: number;
}

interface TestOutcome {
  readonly deliveryId: number;
  readonly status: 'sent' | 'failed';
  readonly error: string | null;
  readonly response: string | null;
}

/**
 * Hands a message to its channel at once, past everything that waits, and tries once. The history shows it when it is
 * over; nothing counts it. Not for channels that send in order.
 * @throws GatewayError `channel_missing` (422)
 */
export async function sendTest(
  parts: Pick<DeliveryEngineParts, 'channels' | 'render'>,
  tenant: DeliveryTenant & { readonly history: DeliveryHistoryStore },
  signals: Signals,
  test: TestMessage,
): Promise<TestOutcome> {
  const channel = parts.channels.get(test.channel);
  if (!channel)
    throw new GatewayError('channel_missing', `This gateway has no ${test.channel} channel.`, 422);
  const recipient = test.recipient.slice(0, 255);
  const delivery: ClaimedDelivery = {
    id: await tenant.history.drawId(),
    event_id: null,
    event_type: null,
    channel: test.channel,
    recipient,
    audience: null,
    retry_count: 0,
    message_id: null,
    queued_at: null,
    created_at: new Date(),
    expires_at: null,
    direct_message: test.message,
    direct_content_bytes: null,
    event_created_at: null,
    event_data: null,
  };
  const abort = AbortSignal.timeout(test.withinMs);
  const { outcome } = await sendDelivery(parts, tenant, channel, delivery, abort, false);
  await tenant.history.addTest({
    id: delivery.id,
    channel: test.channel,
    recipient,
    message: test.message,
    outcome,
  });
  const status = outcome.status === 'sent' ? 'sent' : 'failed';
  signals.emit('delivery.changed', {
    customerId: tenant.customerId,
    deliveryId: delivery.id,
    eventId: null,
    eventType: '',
    channel: test.channel,
    recipient,
    status,
    messageId: outcome.messageId,
  });
  return {
    deliveryId: delivery.id,
    status,
    error: outcome.error,
    response: outcome.attempt?.response ?? null,
  };
}
