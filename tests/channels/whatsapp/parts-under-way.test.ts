import { describe, expect, it } from 'vitest';
import { hashBody } from '../../../main/gateway/channels/whatsapp/message-contents';
import type { Submission } from '../../../main/gateway/channels/whatsapp/message-ledger';
import { createPartsUnderWay } from '../../../main/gateway/channels/whatsapp/parts-under-way';
import type { ChatMessage } from '../../../main/gateway/whatsapp/whatsapp-transport';

let nextDelivery = 1;
const submission = (chatId: string, body: string): Submission => ({
  deliveryId: nextDelivery++,
  part: 0,
  chatId,
  kind: 'text',
  bodyHash: hashBody(body),
  filename: null,
  startedAt: new Date(),
});
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

/** Two parts of one tenant, under way at once. */
function open(firstBody: string, secondBody: string) {
  const underWay = createPartsUnderWay();
  const first = underWay.begin('A', submission('1@c.us', firstBody));
  const second = underWay.begin('A', submission('2@c.us', secondBody));
  return { underWay, first, second };
}

describe('what the page shows in its chats', () => {
  it('is told apart by the chat where the texts are equal', () => {
    const { underWay, first, second } = open('Hello', 'Hello');
    underWay.noteCreated('A', message('m2', '2@c.us', 'Hello'));
    underWay.noteCreated('A', message('m1', '1@c.us', 'Hello'));
    expect([first.messageId, second.messageId]).toEqual(['m1', 'm2']);
    expect(underWay.noteAck('A', 'm2', 1)).toBe(true);
    expect([first.ack, second.ack]).toEqual([0, 1]);
  });

  it('is told apart by the text where the chat goes by another name', () => {
    const { underWay, first, second } = open('Hello', 'Good day');
    underWay.noteCreated('A', message('m2', '77@lid', 'Good day'));
    expect([first.messageId, second.messageId]).toEqual([undefined, 'm2']);
  });

  it('is of the chat that it names, where another might be the same by another name', () => {
    const underWay = createPartsUnderWay();
    const byNumber = underWay.begin('A', submission('1@c.us', 'Hello'));
    const byId = underWay.begin('A', submission('77@lid', 'Hello'));
    underWay.noteCreated('A', message('m2', '77@lid', 'Hello'));
    expect([byNumber.messageId, byId.messageId]).toEqual([undefined, 'm2']);
  });

  it('is nobody’s when a person wrote it in another chat, or wrote something else', () => {
    const { underWay, first, second } = open('Hello', 'Hello');
    underWay.noteCreated('A', message('m3', '3@c.us', 'Hello'));
    underWay.noteCreated('A', message('m4', '1@c.us', 'Good day'));
    underWay.noteCreated('B', message('m5', '1@c.us', 'Hello'));
    expect([first.messageId, second.messageId]).toEqual([undefined, undefined]);
    expect(underWay.noteAck('A', 'm3', 1)).toBe(false);
  });

  it('waits for the page’s answer where it may be of either, and its ack is not lost', () => {
    const { underWay, first, second } = open('Hello', 'Hello');
    underWay.noteCreated('A', message('m2', '77@lid', 'Hello'));
    expect([first.messageId, second.messageId]).toEqual([undefined, undefined]);
    expect(underWay.noteAck('A', 'm2', 1)).toBe(true);
    expect(underWay.noteAck('A', 'm2', 3)).toBe(true);
    underWay.identify('A', second, message('m2', '77@lid', 'Hello', 1));
    expect(second).toMatchObject({ messageId: 'm2', ack: 3 });
    expect(first).toMatchObject({ messageId: undefined, ack: 0 });
  });
});

it('the page’s own answer counts for more than what it showed', () => {
  const underWay = createPartsUnderWay();
  const part = underWay.begin('A', submission('1@c.us', 'Hello'));
  // A person wrote the same to the same client at the same moment.
  underWay.noteCreated('A', message('by hand', '1@c.us', 'Hello'));
  underWay.noteAck('A', 'by hand', 2);
  underWay.identify('A', part, message('ours', '1@c.us', 'Hello', 0));
  expect(part).toMatchObject({ messageId: 'ours', ack: 0 });
});

it('a refusal is the last word', () => {
  const underWay = createPartsUnderWay();
  const part = underWay.begin('A', submission('1@c.us', 'Hello'));
  underWay.identify('A', part, message('m1', '1@c.us', 'Hello', 1));
  underWay.noteAck('A', 'm1', -1);
  expect(part.ack).toBe(-1);
});

it('what has ended is not told of any more', () => {
  const { underWay, first, second } = open('Hello', 'Good day');
  underWay.identify('A', first, message('m1', '1@c.us', 'Hello', 1));
  underWay.end('A', first);
  expect(underWay.noteAck('A', 'm1', 2)).toBe(false);
  underWay.end('A', second);
  underWay.noteCreated('A', message('m2', '2@c.us', 'Good day'));
  expect(second.messageId).toBeUndefined();
});
