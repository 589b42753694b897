import { errorText } from '../errors';
import { createPendingSends, type PendingSend } from './pending-sends';
import {
  type AckWait,
  type ChatMessage,
  defaultAckTimeoutMs,
  type OutgoingContent,
  type SentMessage,
  TransportLostError,
  UnconfirmedError,
} from './whatsapp-transport';

/** Sends by one connection and waits for the server's ack, which comes apart from the page's answer. */
export interface MessageSender {
  /** As `WhatsAppTransport.send`. */
  send(chatId: string, content: OutgoingContent, wait?: AckWait): Promise<SentMessage>;
  /** The page shows a message of ours in a chat. */
  noteCreated(message: ChatMessage): void;
  /** @returns whether it was for a message that is being sent; others are receipts */
  noteAck(messageId: string, ack: number): boolean;
}

export interface MessageSenderOptions {
  /** Gives the message to the page. @returns the message as the page then has it, where the page names it */
  readonly submit: (chatId: string, content: OutgoingContent) => Promise<ChatMessage | undefined>;
  /** of the page of this moment */
  readonly pageGone: () => AbortSignal;
}

export function createMessageSender({ submit, pageGone }: MessageSenderOptions): MessageSender {
  const pendingSends = createPendingSends();

  async function send(chatId: string, content: OutgoingContent, wait: AckWait = {}): Promise<SentMessage> {
    const page = pageGone();
    const pending = pendingSends.begin(chatId, content);
    let failure: unknown;
    let isSilent = false;
    try {
      const message = await submit(chatId, content);
      if (message) pendingSends.identify(pending, message);
      if (pending.messageId !== undefined) isSilent = await waitForAck(pending, page, wait);
    } catch (thrown) {
      failure = thrown;
    } finally {
      pendingSends.end(pending);
    }
    const { messageId, ack, errorCode } = pending;
    // An ack counts whatever the page answered: the server has the message.
    if (messageId !== undefined && ack >= 1) return { messageId, ack };
    if (failure instanceof TransportLostError && !failure.wasAsked) throw failure;
    throw new UnconfirmedError(failure === undefined ? '' : errorText(failure), {
      messageId,
      isRefused: ack < 0,
      errorCode,
      isSilent,
      cause: failure,
    });
  }

  return {
    send,
    noteCreated: (message) => pendingSends.noteCreated(message),
    noteAck: (messageId, ack) => pendingSends.noteAck(messageId, ack),
  };
}

/**
 * Waits until the server has confirmed or refused the message. A page that is gone hears no answer: the wait ends
 * with it. @returns whether the page stayed and the time passed without either
 */
function waitForAck(pending: PendingSend, pageGone: AbortSignal, wait: AckWait): Promise<boolean> {
  const { ackTimeoutMs = defaultAckTimeoutMs, abort } = wait;
  if (pending.ack !== 0 || pageGone.aborted || abort?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (isSilent: boolean) => {
      clearTimeout(timer);
      pageGone.removeEventListener('abort', cutOff);
      abort?.removeEventListener('abort', cutOff);
      resolve(isSilent);
    };
    const cutOff = () => end(false);
    const timer = setTimeout(() => end(true), ackTimeoutMs);
    pageGone.addEventListener('abort', cutOff);
    abort?.addEventListener('abort', cutOff);
    pending.onAck = () => {
      if (pending.ack !== 0) end(false);
    };
  });
}
