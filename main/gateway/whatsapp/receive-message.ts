import { officeId } from '../../contracts/office-number';
import { errorText } from '../errors';
import type { Signals } from '../signals';
import { keepInbound, toInbound, type KeepInboundParts } from './keep-inbound';
import type { OfficeReplies } from './office-number';
import type { MessageListener } from './sessions-port';
import type { ChatMessage } from './whatsapp-transport';

/** Stores and announces what contacts write. The answer never throws. */
export function createMessageReceiver(
  parts: KeepInboundParts & { readonly signals: Signals; readonly office?: OfficeReplies },
  listeners: Iterable<MessageListener>,
): (customerId: string, message: ChatMessage) => Promise<void> {
  async function receive(customerId: string, message: ChatMessage, isOwnNumber: boolean): Promise<void> {
    const inbound = await keepInbound(parts, customerId, message);
    if (!inbound) return;
    // By the office number nobody becomes a contact of the tenant's own.
    if (isOwnNumber) for (const listener of listeners) listener.received(customerId, message);
    parts.signals.emit('whatsapp.received', {
      customerId,
      messageId: inbound.messageId,
      from: inbound.sender,
      body: inbound.body,
      receivedAt: inbound.receivedAt,
    });
  }

  /** To the tenant that wrote last, and to nobody but the operator where there was none or it is away. */
  async function receiveAtOffice(message: ChatMessage): Promise<void> {
    try {
      if (!parts.office) return;
      const [writer] = await parts.office.writersOf(message.chatId);
      const taker = writer !== undefined && parts.databaseOf(writer) ? writer : null;
      const { customerId } = await parts.office.claim(toInbound(message), taker);
      if (customerId !== null) {
        await receive(customerId, message, false);
        return;
      }
    } catch (thrown) {
      parts.logger.error('whatsapp.inbound_store_failed', 'inbound whatsapp message could not be stored', {
        number: 'office',
        error: errorText(thrown),
      });
    }
    parts.signals.emit('whatsapp.state', { customerId: officeId });
  }

  return (customerId, message) =>
    customerId === officeId ? receiveAtOffice(message) : receive(customerId, message, true);
}
