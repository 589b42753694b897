import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { Queryable } from '../storage/database';
import {
  type InboundForward,
  insertWhatsAppInbound,
  type WhatsAppInboundMessage,
} from '../storage/whatsapp-inbound-store';
import type { ChatMessage } from './whatsapp-transport';

export interface KeepInboundParts {
  readonly databaseOf: (customerId: string) => Queryable | undefined;
  /** what the tenant's webhook is known by in its deliveries; undefined: it is off */
  readonly webhookOf?: (customerId: string) => string | undefined;
  readonly logger: Logger;
}

/**
 * Stores a message that a client wrote, together with the webhook that passes it on where the tenant's is on.
 * Never throws. @returns undefined when it was stored before
 */
export async function keepInbound(
  parts: KeepInboundParts,
  customerId: string,
  message: ChatMessage,
): Promise<WhatsAppInboundMessage | undefined> {
  const inbound = toInbound(message);
  const database = parts.databaseOf(customerId);
  try {
    const isNew = !database || (await storeInbound(parts, database, customerId, inbound));
    return isNew ? inbound : undefined;
  } catch (thrown) {
    // Announced all the same: whoever listens has it, and WhatsApp's own chat keeps it.
    parts.logger.error('whatsapp.inbound_store_failed', 'inbound whatsapp message could not be stored', {
      customer_id: customerId,
      error: errorText(thrown),
    });
    return inbound;
  }
}

/** @returns false when it was stored before. @throws what the database says */
export function storeInbound(
  { webhookOf }: Pick<KeepInboundParts, 'webhookOf'>,
  database: Queryable,
  customerId: string,
  inbound: WhatsAppInboundMessage,
): Promise<boolean> {
  const webhook = webhookOf?.(customerId);
  const forward = webhook === undefined ? undefined : toForward(customerId, webhook, inbound);
  return insertWhatsAppInbound(database, inbound, forward);
}

export function toInbound(message: ChatMessage): WhatsAppInboundMessage {
  const digits = /^(\d+)@c\.us$/.exec(message.chatId)?.[1];
  return {
    messageId: message.messageId,
    chatId: message.chatId,
    sender: digits === undefined ? message.chatId : `+${digits}`,
    kind: message.kind,
    body: message.body,
    receivedAt: message.at,
  };
}

/** The webhook's data has the names that the tenant's sockets get. */
function toForward(customerId: string, recipient: string, inbound: WhatsAppInboundMessage): InboundForward {
  return {
    customerId,
    eventType: 'whatsapp:message_received',
    recipient,
    data: {
      message_id: inbound.messageId,
      from: inbound.sender,
      chat_id: inbound.chatId,
      kind: inbound.kind,
      body: inbound.body,
      timestamp: inbound.receivedAt.toISOString(),
    },
  };
}
