import type { Queryable } from './database';

export interface WhatsAppInboundMessage {
  readonly messageId: string;
  readonly chatId: string;
  readonly sender: string;
  readonly kind: string;
  readonly body: string;
  readonly receivedAt: Date;
}

/** Keeps a message that a client wrote. False: it was kept before (WhatsApp repeats after a reconnect). */
export async function insertWhatsAppInbound(
  database: Queryable,
  message: WhatsAppInboundMessage,
): Promise<boolean> {
  const rows = await database.query({
    name: 'insert-whatsapp-inbound',
    text: `insert into whatsapp_inbound (message_id, chat_id, sender, kind, body, received_at)
           values ($1, $2, $3, $4, $5, $6) on conflict (message_id) do nothing returning message_id`,
    values: [
      message.messageId,
      message.chatId,
      message.sender,
      message.kind,
      message.body,
      message.receivedAt.toISOString(),
    ],
  });
  return rows.length > 0;
}

/** The newest messages first, for the console. */
export async function listWhatsAppInbound(
  database: Queryable,
  limit: number,
): Promise<readonly WhatsAppInboundMessage[]> {
  const rows = await database.query<{
    message_id: string;
    chat_id: string;
    sender: string;
    kind: string;
    body: string;
    received_at: Date;
  }>({
    name: 'list-whatsapp-inbound',
    text: `select message_id, chat_id, sender, kind, body, received_at
             from whatsapp_inbound order by received_at desc limit $1`,
    values: [limit],
  });
  return rows.map((row) => ({
    messageId: row.message_id,
    chatId: row.chat_id,
    sender: row.sender,
    kind: row.kind,
    body: row.body,
    receivedAt: row.received_at,
  }));
}
