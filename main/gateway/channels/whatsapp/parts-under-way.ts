import type { ChatMessage } from '../../whatsapp/whatsapp-transport';
import { hashBody } from './message-contents';
import type { Submission } from './message-ledger';

/** A part that is being handed over, and what WhatsApp Web tells of it meanwhile. */
export interface PartUnderWay {
  readonly submission: Submission;
  messageId: string | undefined;
  ack: number;
  errorCode: number | undefined;
  onChange: () => void;
}

/** The parts of all tenants that are being handed over; of one tenant never two of the same chat. */
export interface PartsUnderWay {
  begin(customerId: string, submission: Submission): PartUnderWay;
  end(customerId: string, part: PartUnderWay): void;
  /** The page shows a message of ours in a chat: of these parts, or what a person wrote on the phone. */
  noteCreated(customerId: string, message: ChatMessage): void;
  /** @returns whether it was for one of these parts */
  noteAck(customerId: string, messageId: string, ack: number): boolean;
  /** What the page answered to the submission itself, which is certain. */
  identify(customerId: string, part: PartUnderWay, message: ChatMessage): void;
}

interface TenantParts {
  readonly parts: Set<PartUnderWay>;
  /** acks of messages that may be of one part or another, until the page's answer says of which */
  readonly undecided: Map<string, number>;
}

const serverOf = (chatId: string) => chatId.slice(chatId.indexOf('@'));

/** A chat may go by its phone number in one place and by WhatsApp's own id (`@lid`) in another. */
const maybeSameChat = (one: string, other: string) => one === other || serverOf(one) !== serverOf(other);

function mayBe({ submission, messageId }: PartUnderWay, message: ChatMessage): boolean {
  return (
    messageId === undefined &&
    (message.kind === 'chat') === (submission.kind === 'text') &&
    maybeSameChat(submission.chatId, message.chatId) &&
    hashBody(message.body) === submission.bodyHash
  );
}

export function createPartsUnderWay(): PartsUnderWay {
  const tenants = new Map<string, TenantParts>();

  return {
    begin(customerId, submission) {
      const tenant = tenants.get(customerId) ?? { parts: new Set(), undecided: new Map() };
      tenants.set(customerId, tenant);
      const part = {
        submission,
        messageId: undefined,
        ack: 0,
        errorCode: undefined,
        onChange: () => undefined,
      };
      tenant.parts.add(part);
      return part;
    },
    end(customerId, part) {
      const tenant = tenants.get(customerId);
      tenant?.parts.delete(part);
      if (tenant?.parts.size === 0) tenants.delete(customerId);
    },
    noteCreated(customerId, message) {
      const tenant = tenants.get(customerId);
      const candidates = [...(tenant?.parts ?? [])].filter((part) => mayBe(part, message));
      const inItsChat = candidates.filter(({ submission }) => submission.chatId === message.chatId);
      const [only, another] = inItsChat.length > 0 ? inItsChat : candidates;
      if (another) tenant?.undecided.set(message.messageId, message.ack);
      else if (only) only.messageId = message.messageId;
    },
    noteAck(customerId, messageId, ack) {
      const tenant = tenants.get(customerId);
      for (const part of tenant?.parts ?? []) {
        if (part.messageId !== messageId) continue;
        part.ack = higher(part.ack, ack);
        part.onChange();
        return true;
      }
      const undecided = tenant?.undecided.get(messageId);
      if (undecided === undefined) return false;
      tenant?.undecided.set(messageId, higher(undecided, ack));
      return true;
    },
    identify(customerId, part, message) {
      const undecided = tenants.get(customerId)?.undecided;
      if (part.messageId !== message.messageId) part.ack = undecided?.get(message.messageId) ?? 0;
      undecided?.delete(message.messageId);
      part.messageId = message.messageId;
      part.errorCode ??= message.errorCode;
      if (part.ack === 0) part.ack = message.ack;
    },
  };
}

/** Acks climb; a refusal (below 0) is the last word. */
const higher = (known: number, ack: number) => (ack < 0 ? ack : Math.max(known, ack));
