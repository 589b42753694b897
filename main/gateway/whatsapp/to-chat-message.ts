import type { Message } from 'whatsapp-web.js';
import type { ChatMessage } from './whatsapp-transport';

/** A field of WhatsApp Web's own message object, which has no declared shape. */
function readText(data: unknown, name: string): string | undefined {
  const value =
    typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A refusal's code, under whichever name this version of WhatsApp Web keeps it. */
function readErrorCode(data: unknown): number | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  for (const [name, value] of Object.entries(data)) {
    if (!/error|nack/i.test(name)) continue;
    const code = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
    if (Number.isInteger(code) && code >= 400 && code < 600) return code;
  }
  return undefined;
}

/** What the gateway needs of a message; ids are texts or objects, depending on where it came from. */
export function toChatMessage(message: Message): ChatMessage {
  const data: unknown = message.rawData;
  const id: unknown = message.id;
  const kind: string = message.type;
  const chatId: unknown = message.fromMe ? message.to : message.from;
  return {
    messageId: typeof id === 'string' ? id : (readText(id, '_serialized') ?? JSON.stringify(id)),
    chatId: typeof chatId === 'string' ? chatId : (readText(chatId, '_serialized') ?? ''),
    isFromMe: message.fromMe,
    ack: message.ack,
    kind,
    // The body of a document is its preview picture where the caption is empty.
    body: kind === 'chat' ? message.body : (readText(data, 'caption') ?? ''),
    filename: readText(data, 'filename'),
    at: new Date(message.timestamp * 1000),
    errorCode: readErrorCode(data),
  };
}
