import type { Queryable } from './database';

export interface WhatsAppInboundMessage {
  readonly messageId: string;
  readonly chatId: string;
  readonly sender: string;
  readonly kind: string;
  readonly body: string;
  readonly receivedAt: Date;
}

/** The webhook that passes a message on: a delivery that no event made. */
export interface InboundForward {
  readonly customerId: string;
  readonly eventType: string;
  readonly recipient: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Keeps a message that a client wrote, and in the same statement the webhook that passes it on: neither is there
 * without the other. False: it was kept before (WhatsApp repeats after a reconnect).
 */
export async function insertWhatsAppInbound(
  database: Queryable,
  message: WhatsAppInboundMessage,
  forward?: InboundForward,
): Promise<boolean> {
  const rows = await database.query({
    name: 'insert-whatsapp-inbound',
    text: `with kept as (
             insert into whatsapp_inbound (message_id, chat_id, sender, kind, body, received_at)
             values ($1, $2, $3, $4, $5, $6) on conflict (message_id) do nothing returning message_id
           ), forwarded as (
             insert into message_deliveries (customer_id, channel, recipient, status, event_type, audience,
               direct_message, retry_count, next_attempt_at, queued_at, created_at, updated_at)
             select $7::text, 'webhook', $8::text, 'pending', $9::text, 'endpoint', $10::jsonb, 0, now(), now(), now(), now()
             from kept where $8::text is not null
           )
           select message_id from kept`,
    values: [
      message.messageId,
      message.chatId,
      message.sender,
      message.kind,
      message.body,
      message.receivedAt.toISOString(),
      forward?.customerId ?? null,
      forward?.recipient ?? null,
      forward?.eventType ?? null,
      forward ? JSON.stringify(forward.data) : null,
    ],
  });
  return rows.length > 0;
}
