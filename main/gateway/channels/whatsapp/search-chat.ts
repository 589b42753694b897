import type { ChatMessage, WhatsAppTransport } from '../../whatsapp/whatsapp-transport';
import { hashBody } from './message-contents';
import type { SubmissionRecord, MessageLedger } from './message-ledger';

/** Clocks of the page and the gateway are one machine's, but WhatsApp keeps whole seconds. */
const clockSlackMs = 5_000;
/** How far back a chat is searched. */
const searchedMessages = 100;
/** So many confirmed messages are looked for to find out whether the chat's history is there at all. */
const witnesses = 5;

/**
 * - `found`: it is in the chat
 * - `absent`: it is not, and the chat is whole enough to say so
 * - `unclear`: it is not seen, which proves nothing
 */
export type SearchResult =
  { readonly result: 'found'; readonly message: ChatMessage } | { readonly result: 'absent' | 'unclear' };

export interface Search {
  readonly customerId: string;
  readonly transport: WhatsAppTransport;
  readonly ledger: MessageLedger;
  readonly submission: Pick<
    SubmissionRecord,
    'deliveryId' | 'part' | 'chatId' | 'kind' | 'bodyHash' | 'filename' | 'startedAt'
  >;
  /** known when WhatsApp Web had taken the message */
  readonly messageId: string | undefined;
  /** the page that it was submitted to is still the same: what it never took is not there */
  readonly isSamePage: boolean;
}

function isAlike(search: Search, message: ChatMessage): boolean {
  const { submission } = search;
  if (!message.isFromMe || message.at.getTime() < submission.startedAt.getTime() - clockSlackMs) return false;
  if (submission.kind === 'text')
    return message.kind === 'chat' && hashBody(message.body) === submission.bodyHash;
  return (
    message.kind !== 'chat' &&
    (message.filename === undefined || message.filename === submission.filename) &&
    hashBody(message.body) === submission.bodyHash
  );
}

/** Of equal texts only one that belongs to no other delivery is the one looked for. */
async function pick(search: Search, messages: readonly ChatMessage[]): Promise<ChatMessage | undefined> {
  const { customerId, ledger, submission, messageId } = search;
  const exact = messages.find((message) => message.messageId === messageId);
  if (exact) return exact;
  const alike = messages.filter((message) => isAlike(search, message));
  if (alike.length === 0) return undefined;
  const attributed = await ledger.findAttributed(
    customerId,
    alike.map((message) => message.messageId),
  );
  return alike.find((message) => {
    const owner = attributed.get(message.messageId);
    return !owner || (owner.deliveryId === submission.deliveryId && owner.part === submission.part);
  });
}

/** Are messages that WhatsApp confirmed before this one in the history? Then this one would be, too. */
async function isHistoryWhole(search: Search, messages: readonly ChatMessage[]): Promise<boolean> {
  const { customerId, ledger, submission, transport } = search;
  const confirmed = await ledger.listConfirmed(customerId, submission.startedAt, witnesses);
  const seen = new Set(messages.map((message) => message.messageId));
  for (const { messageId } of confirmed) {
    if (messageId === null) continue;
    if (seen.has(messageId) || (await transport.findMessage(messageId))) return true;
  }
  return false;
}

/**
 * Looks for a message that was submitted to WhatsApp and never answered for.
 * @throws TransportLostError, TransportTimeoutError when the session goes away meanwhile
 */
export async function searchChat(search: Search): Promise<SearchResult> {
  const { transport, submission, messageId, isSamePage } = search;
  const known = messageId === undefined ? undefined : await transport.findMessage(messageId);
  if (known) return { result: 'found', message: known };
  const inMemory = await transport.listMessages(submission.chatId);
  const found = await pick(search, inMemory);
  if (found) return { result: 'found', message: found };
  const earlier = await transport.listMessages(submission.chatId, searchedMessages);
  const foundEarlier = await pick(search, earlier);
  if (foundEarlier) return { result: 'found', message: foundEarlier };
  // WhatsApp Web had it and shows it no more: it may have left.
  if (messageId !== undefined) return { result: 'unclear' };
  if (isSamePage) return { result: 'absent' };
  return { result: (await isHistoryWhole(search, [...inMemory, ...earlier])) ? 'absent' : 'unclear' };
}
