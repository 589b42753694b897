import { describe, expect, it } from 'vitest';
import { createPendingSends } from '../../main/gateway/whatsapp/pending-sends';
import type { ChatMessage, OutgoingContent } from '../../main/gateway/whatsapp/whatsapp-transport';

const text = (body: string): OutgoingContent => ({ kind: 'text', text: body });
const message = (messageId: string, chatId: string, body: string, ack = 0): ChatMessage => ({
  messageId,
  chatId,
  isFromMe: true,
  ack,
  kind: 'chat',
  body,
  filename: undefined,
  at: new Date(),
  errorCode: undefined,
});

/** Two messages of one connection, sent at once. */
function open(firstBody: string, secondBody: string) {
  const pending = createPendingSends();
  const first = pending.begin('1@c.us', text(firstBody));
  const second = pending.begin('2@c.us', text(secondBody));
  return { pending, first, second };
}

describe('what the page shows in its chats', () => {
  it('is told apart by the chat where the texts are equal', () => {
    const { pending, first, second } = open('Hello', 'Hello');
    pending.noteCreated(message('m2', '2@c.us', 'Hello'));
    pending.noteCreated(message('m1', '1@c.us', 'Hello'));
    expect([first.messageId, second.messageId]).toEqual(['m1', 'm2']);
    expect(pending.noteAck('m2', 1)).toBe(true);
    expect([first.ack, second.ack]).toEqual([0, 1]);
  });

  it('is told apart by the text where the chat goes by another name', () => {
    const { pending, first, second } = open('Hello', 'Good day');
    pending.noteCreated(message('m2', '77@lid', 'Good day'));
    expect([first.messageId, second.messageId]).toEqual([undefined, 'm2']);
  });

  it('is of the chat that it names, where another might be the same by another name', () => {
    const pending = createPendingSends();
    const byNumber = pending.begin('1@c.us', text('Hello'));
    const byId = pending.begin('77@lid', text('Hello'));
    pending.noteCreated(message('m2', '77@lid', 'Hello'));
    expect([byNumber.messageId, byId.messageId]).toEqual([undefined, 'm2']);
  });

  it('is nobody’s when a person wrote it in another chat, wrote something else, or sent a file', () => {
    const { pending, first, second } = open('Hello', 'Hello');
    pending.noteCreated(message('m3', '3@c.us', 'Hello'));
    pending.noteCreated(message('m4', '1@c.us', 'Good day'));
    pending.noteCreated({ ...message('m5', '1@c.us', 'Hello'), kind: 'document' });
    expect([first.messageId, second.messageId]).toEqual([undefined, undefined]);
    expect(pending.noteAck('m3', 1)).toBe(false);
  });

  it('waits for the page’s answer where it may be of either, and its ack is not lost', () => {
    const { pending, first, second } = open('Hello', 'Hello');
    pending.noteCreated(message('m2', '77@lid', 'Hello'));
    expect([first.messageId, second.messageId]).toEqual([undefined, undefined]);
    expect(pending.noteAck('m2', 1)).toBe(true);
    expect(pending.noteAck('m2', 3)).toBe(true);
    pending.identify(second, message('m2', '77@lid', 'Hello', 1));
    expect(second).toMatchObject({ messageId: 'm2', ack: 3 });
    expect(first).toMatchObject({ messageId: undefined, ack: 0 });
  });
});

it('the page’s own answer counts for more than what it showed', () => {
  const pending = createPendingSends();
  const own = pending.begin('1@c.us', text('Hello'));
  // A person wrote the same to the same client at the same moment.
  pending.noteCreated(message('by hand', '1@c.us', 'Hello'));
  pending.noteAck('by hand', 2);
  pending.identify(own, message('ours', '1@c.us', 'Hello', 0));
  expect(own).toMatchObject({ messageId: 'ours', ack: 0 });
});

it('a refusal is the last word', () => {
  const pending = createPendingSends();
  const own = pending.begin('1@c.us', text('Hello'));
  pending.identify(own, message('m1', '1@c.us', 'Hello', 1));
  pending.noteAck('m1', -1);
  expect(own.ack).toBe(-1);
});

it('what has ended is not told of any more', () => {
  const { pending, first, second } = open('Hello', 'Good day');
  pending.identify(first, message('m1', '1@c.us', 'Hello', 1));
  pending.end(first);
  expect(pending.noteAck('m1', 2)).toBe(false);
  pending.end(second);
  pending.noteCreated(message('m2', '2@c.us', 'Good day'));
  expect(second.messageId).toBeUndefined();
});
