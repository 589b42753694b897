import type { Queryable } from './database';
import type { WhatsAppInboundMessage } from './whatsapp-inbound-store';

/** So many of nobody's are kept, and of a tenant's whose database is away: whoever knows the number can write to it. */
const keptMessages = 5_000;
/** WhatsApp repeats messages after a reconnect, not after weeks: whose they were is known for so long. */
const keptClaimDays = 30;

interface InboundRow {
  readonly message_id: string;
  readonly chat_id: string;
  readonly sender: string;
  readonly kind: string;
  readonly body: string;
  readonly received_at: Date;
}

const toMessage = (row: InboundRow): WhatsAppInboundMessage => ({
  messageId: row.message_id,
  chatId: row.chat_id,
  sender: row.sender,
  kind: row.kind,
  body: row.body,
  receivedAt: row.received_at,
});

/**
 * Writes down whose a message to the office number is, once and for all. `customerId` null: nobody's, and its text is
 * kept for the operator; a tenant's is kept until it has been handed over.
 */
export async function claimOfficeInbound(
  system: Queryable,
  message: WhatsAppInboundMessage,
  customerId: string | null,
): Promise<void> {
  await system.query({
    name: 'office-inbound.claim',
    text: `with old as (
             delete from whatsapp_office_inbound where message_id in (
               select message_id from whatsapp_office_inbound where customer_id is null
               order by received_at desc offset ${keptMessages - 1})
           ), missed as (
             delete from whatsapp_office_inbound where message_id in (
               select message_id from whatsapp_office_inbound where customer_id = $2::varchar and not handed_over
               order by seq desc offset ${keptMessages - 1})
           ), over as (
             delete from whatsapp_office_inbound
              where customer_id is not null and handed_over
                and received_at < now() - make_interval(days => ${keptClaimDays})
           )
           insert into whatsapp_office_inbound
             (message_id, customer_id, chat_id, sender, kind, body, received_at, handed_over)
           values ($1, $2::varchar, $3, $4, $5, $6, $7, $2::varchar is null)
           on conflict (message_id) do nothing`,
    values: [
      message.messageId,
      customerId,
      message.chatId,
      message.sender,
      message.kind,
      message.body,
      message.receivedAt.toISOString(),
    ],
  });
}

/** Those that are a tenant's and not in its database yet, in the order in which they came. */
export async function listOpenOfficeInbound(
  system: Queryable,
  customerId: string,
  limit: number,
): Promise<readonly WhatsAppInboundMessage[]> {
  const rows = await system.query<InboundRow & Record<string, unknown>>({
    name: 'office-inbound.open',
    text: `select message_id, chat_id, sender, kind, body, received_at from whatsapp_office_inbound
            where customer_id = $1 and not handed_over order by seq limit $2`,
    values: [customerId, limit],
  });
  return rows.map(toMessage);
}

/** Tenants with messages that are not in their database yet. */
export async function listOpenOfficeTenants(system: Queryable): Promise<readonly string[]> {
  const rows = await system.query<{ customer_id: string }>({
    name: 'office-inbound.open-tenants',
    text: `select distinct customer_id from whatsapp_office_inbound where not handed_over`,
  });
  return rows.map((row) => row.customer_id);
}

/** Its text is in the tenant's database now, and no longer here. */
export async function closeOfficeInbound(system: Queryable, messageId: string): Promise<void> {
  await system.query({
    name: 'office-inbound.close',
    text: `update whatsapp_office_inbound set handed_over = true, body = '' where message_id = $1`,
    values: [messageId],
  });
}

/** Those that are the operator's, the newest first. */
export async function listOfficeInbound(
  system: Queryable,
  limit: number,
): Promise<readonly WhatsAppInboundMessage[]> {
  const rows = await system.query<InboundRow & Record<string, unknown>>({
    name: 'office-inbound.list',
    text: `select message_id, chat_id, sender, kind, body, received_at from whatsapp_office_inbound
            where customer_id is null order by received_at desc, seq desc limit $1`,
    values: [limit],
  });
  return rows.map(toMessage);
}
