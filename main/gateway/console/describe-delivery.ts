import { exchangeSchema, type DeliveryDetail } from '../../contracts/console/history-calls';
import type { DeliveryRecord } from '../deliveries/read-delivery';
import { nameAtOffice, signText } from '../whatsapp/office-number';

/** Rows are what this gateway, an older or a newer one wrote. */
function readExchange(stored: unknown): DeliveryDetail['attempts'][number]['exchange'] {
  const parsed = exchangeSchema.safeParse(stored);
  return parsed.success ? parsed.data : null;
}

const iso = (at: Date | null) => at?.toISOString() ?? null;

/** A delivery's page. `sender`: who the tenant's mails are from. */
export function describeDelivery(
  tenant: Parameters<typeof nameAtOffice>[0],
  { delivery, attempts, event, siblings, message, wire }: DeliveryRecord,
  sender: string | null,
): DeliveryDetail {
  const createdAt = delivery.created_at ?? event?.created_at ?? delivery.sent_at ?? new Date(0);
  const updatedAt = delivery.updated_at ?? delivery.sent_at ?? createdAt;
  return {
    customerId: tenant.customerId,
    tenantName: tenant.name === '' ? tenant.customerId : tenant.name,
    id: delivery.id,
    eventId: delivery.event_id,
    eventType: delivery.event_type ?? event?.event_type ?? null,
    channel: delivery.channel,
    recipient: delivery.recipient,
    status: delivery.status,
    error: delivery.error_message,
    errorCode: delivery.error_code,
    heldReason: delivery.held_reason,
    subject: message?.subject ?? null,
    isTest: delivery.is_test,
    retryCount: delivery.retry_count,
    nextAttemptAt: iso(delivery.next_attempt_at),
    messageId: delivery.message_id,
    number: delivery.number,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    sentAt: iso(delivery.sent_at),
    deliveredAt: iso(delivery.delivered_at),
    readAt: iso(delivery.read_at),
    expiresAt: iso(delivery.expires_at),
    attempts: attempts.map((attempt) => ({
      attempt: attempt.attempt,
      startedAt: attempt.started_at.toISOString(),
      durationMs: attempt.duration_ms,
      outcome: attempt.outcome,
      errorCode: attempt.error_code,
      response: attempt.response,
      exchange: readExchange(attempt.exchange),
    })),
    event: event
      ? {
          id: event.id,
          eventType: event.event_type,
          status: event.status,
          createdAt: event.created_at.toISOString(),
          completedAt:
            event.status === 'completed' || event.status === 'failed' ? iso(event.updated_at) : null,
          data: event.event_data,
        }
      : null,
    message: message
      ? {
          ...message,
          text: delivery.number === 'office' ? signText(message.text, nameAtOffice(tenant)) : message.text,
          attachments: [...message.attachments],
          from: delivery.channel === 'email' ? sender : null,
        }
      : null,
    wire: wire ? { ...wire, headers: wire.headers.map(([name, value]) => [name, value]) } : null,
    siblings: siblings.map(({ id, channel, recipient, status }) => ({ id, channel, recipient, status })),
  };
}
