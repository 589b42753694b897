import type { Queryable } from './database';
import type { WhatsAppInboundMessage } from './whatsapp-inbound-store';

/** So many are kept: whoever knows the number can write to it. */
const keptMessages = 5_000;

/**
 * Writes down whose a message to the office number is, once and for all. `customerId` null: nobody's, and its text is
 * kept for the operator. @returns whose it is, and whether that was just decided
 */
export async function claimOfficeInbound(
  system: Queryable,
  message: WhatsAppInboundMessage,
  customerId: string | null,
): Promise<{ readonly customerId: string | null; readonly isNew: boolean }> {
  const rows = await system.query<{ customer_id: string | null; is_new: boolean }>({
    name: 'office-inbound.claim',
    text: `with old as (
             delete from whatsapp_office_inbound where message_id in (
               select message_id from whatsapp_office_inbound order by received_at desc offset ${keptMessages - 1})
           ), made as (
             insert into whatsapp_office_inbound (message_id, customer_id, chat_id, sender, kind, body, received_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (message_id) do nothing returning customer_id
           )
           select customer_id, true as is_new from made
           union all
           select customer_id, false from whatsapp_office_inbound where message_id = $1`,
    values: [
      message.messageId,
      customerId,
      message.chatId,
      message.sender,
      message.kind,
      customerId === null ? message.body : '',
      message.receivedAt.toISOString(),
    ],
  });
  const row = rows[0];
  return { customerId: row?.customer_id ?? null, isNew: row?.is_new ?? false };
}

/** Those that are the operator's, the newest first. */
export async function listOfficeInbound(
  system: Queryable,
  limit: number,
): Promise<readonly Omit<WhatsAppInboundMessage, 'chatId'>[]> {
  const rows = await system.query<{
    message_id: string;
    sender: string;
    kind: string;
    body: string;
    received_at: Date;
  }>({
    name: 'office-inbound.list',
    text: `select message_id, sender, kind, body, received_at from whatsapp_office_inbound
            where customer_id is null order by received_at desc, message_id limit $1`,
    values: [limit],
  });
  return rows.map((row) => ({
    messageId: row.message_id,
    sender: row.sender,
    kind: row.kind,
    body: row.body,
    receivedAt: row.received_at,
  }));
}
