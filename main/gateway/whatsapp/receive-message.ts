import { officeId } from '../../contracts/office-number';
import type { Signals } from '../signals';
import type { WhatsAppInboundMessage } from '../storage/whatsapp-inbound-store';
import { keepInbound, type KeepInboundParts } from './keep-inbound';
import { createOfficeInbox } from './office-inbox';
import type { OfficeReplies } from './office-number';
import type { MessageListener } from './sessions-port';
import type { ChatMessage } from './whatsapp-transport';

/** Stores and announces what contacts write. */
export interface MessageReceiver {
  /** Never throws. */
  receive(customerId: string, message: ChatMessage): Promise<void>;
  stop(): void;
}

export function createMessageReceiver(
  parts: KeepInboundParts & { readonly signals: Signals; readonly office?: OfficeReplies },
  listeners: Iterable<MessageListener>,
): MessageReceiver {
  const { signals, office } = parts;

  const announce = (customerId: string, inbound: WhatsAppInboundMessage) =>
    signals.emit('whatsapp.received', {
      customerId,
      messageId: inbound.messageId,
      from: inbound.sender,
      body: inbound.body,
      receivedAt: inbound.receivedAt,
    });

  // By the office number nobody becomes a contact of the tenant's own.
  const inbox = office && createOfficeInbox({ ...parts, office, announce });

  return {
    async receive(customerId, message) {
      if (customerId === officeId) {
        inbox?.receive(message);
        return;
      }
      const inbound = await keepInbound(parts, customerId, message);
      if (!inbound) return;
      for (const listener of listeners) listener.received(customerId, message);
      announce(customerId, inbound);
    },
    stop: () => inbox?.stop(),
  };
}
