import { bodyOf, normalizeBody } from './message-body';
import type { ChatMessage, OutgoingContent } from './whatsapp-transport';

/** A message that is being sent, and what its page has said of it so far. */
export interface PendingSend {
  readonly chatId: string;
  readonly isText: boolean;
  readonly body: string;
  messageId: string | undefined;
  ack: number;
  errorCode: number | undefined;
  onAck: () => void;
}

/**
 * The messages that one connection is sending, never two to the same chat. The page reports all messages of the
 * account, also those that a person writes on the phone: here they find the send they belong to.
 */
export interface PendingSends {
  begin(chatId: string, content: OutgoingContent): PendingSend;
  end(pending: PendingSend): void;
  /** The page shows a message of ours in a chat: one of these, or what a person wrote on the phone. */
  noteCreated(message: ChatMessage): void;
  /** @returns whether it was for one of these */
  noteAck(messageId: string, ack: number): boolean;
  /** The page answers the send itself, and so names its message for certain. */
  identify(pending: PendingSend, message: ChatMessage): void;
}

const serverOf = (chatId: string) => chatId.slice(chatId.indexOf('@'));

/** A chat may go by its phone number in one place and by WhatsApp's own id (`@lid`) in another. */
const maybeSameChat = (one: string, other: string) => one === other || serverOf(one) !== serverOf(other);

function mayBe(pending: PendingSend, message: ChatMessage): boolean {
  return (
    pending.messageId === undefined &&
    (message.kind === 'chat') === pending.isText &&
    maybeSameChat(pending.chatId, message.chatId) &&
    normalizeBody(message.body) === pending.body
  );
}

export function createPendingSends(): PendingSends {
  const sends = new Set<PendingSend>();
  /** acks of messages that may be of one send or another, until the page's answer says of which */
  const undecided = new Map<string, number>();

  return {
    begin(chatId, content) {
      const pending: PendingSend = {
        chatId,
        isText: content.kind === 'text',
        body: normalizeBody(bodyOf(content)),
        messageId: undefined,
        ack: 0,
        errorCode: undefined,
        onAck: () => undefined,
      };
      sends.add(pending);
      return pending;
    },
    end(pending) {
      sends.delete(pending);
      if (sends.size === 0) undecided.clear();
    },
    noteCreated(message) {
      const candidates = [...sends].filter((pending) => mayBe(pending, message));
      const inItsChat = candidates.filter(({ chatId }) => chatId === message.chatId);
      const [only, another] = inItsChat.length > 0 ? inItsChat : candidates;
      if (another) undecided.set(message.messageId, message.ack);
      else if (only) only.messageId = message.messageId;
    },
    noteAck(messageId, ack) {
      for (const pending of sends) {
        if (pending.messageId !== messageId) continue;
        pending.ack = higher(pending.ack, ack);
        pending.onAck();
        return true;
      }
      const known = undecided.get(messageId);
      if (known === undefined) return false;
      undecided.set(messageId, higher(known, ack));
      return true;
    },
    identify(pending, message) {
      if (pending.messageId !== message.messageId) pending.ack = undecided.get(message.messageId) ?? 0;
      undecided.delete(message.messageId);
      pending.messageId = message.messageId;
      pending.errorCode ??= message.errorCode;
      if (pending.ack === 0) pending.ack = message.ack;
    },
  };
}

/** Acks climb; a refusal (below 0) is the last word. */
const higher = (known: number, ack: number) => (ack < 0 ? ack : Math.max(known, ack));
