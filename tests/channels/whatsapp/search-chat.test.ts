import { beforeEach, describe, expect, test } from 'vitest';
import { hashBody } from '../../../main/gateway/channels/whatsapp/message-contents';
import type { MessageLedger } from '../../../main/gateway/channels/whatsapp/message-ledger';
import { searchChat, type Search } from '../../../main/gateway/channels/whatsapp/search-chat';
import type { ChatMessage, WhatsAppTransport } from '../../../main/gateway/whatsapp/whatsapp-transport';

const startedAt = new Date('2026-03-01T09:00:00Z');
const at = (seconds: number) => new Date(startedAt.getTime() + seconds * 1000);

function inChat(messageId: string, fields: Partial<ChatMessage> = {}): ChatMessage {
  return {
    messageId,
    chatId: '27821234567@c.us',
    isFromMe: true,
    ack: 1,
    kind: 'chat',
    body: 'Dear client',
    filename: undefined,
    at: at(1),
    errorCode: undefined,
    ...fields,
  };
}

let inMemory: ChatMessage[];
let earlier: ChatMessage[];
/** findable by id, though not listed */
let byId: Map<string, ChatMessage>;
let attributed: Map<string, { deliveryId: number; part: number }>;
let confirmed: { messageId: string | null }[];

beforeEach(() => {
  inMemory = [];
  earlier = [];
  byId = new Map();
  attributed = new Map();
  confirmed = [];
});

function search(fields: Partial<Search> = {}, submission: Partial<Search['submission']> = {}) {
  const link = {
    findMessage: (id: string) => Promise.resolve(byId.get(id)),
    listMessages: (_chatId: string, limit?: number) =>
      Promise.resolve(limit === undefined ? inMemory : earlier),
  };
  const ledger = {
    findAttributed: () => Promise.resolve(attributed),
    listConfirmed: () => Promise.resolve(confirmed),
  };
  return searchChat({
    customerId: 'ACC003',
    transport: link as unknown as WhatsAppTransport,
    ledger: ledger as unknown as MessageLedger,
    messageId: undefined,
    isSamePage: false,
    ...fields,
    submission: {
      deliveryId: 5,
      part: 0,
      chatId: '27821234567@c.us',
      kind: 'text',
      bodyHash: hashBody('Dear client'),
      filename: null,
      startedAt,
      ...submission,
    },
  });
}

describe('a message is found', () => {
  test('by its id, wherever it is', async () => {
    byId.set('m1', inChat('m1', { body: 'changed since' }));
    expect(await search({ messageId: 'm1' })).toMatchObject({
      result: 'found',
      message: { messageId: 'm1' },
    });
  });

  test('by its id in the chat before one that is only alike', async () => {
    inMemory = [inChat('m0'), inChat('m1')];
    expect(await search({ messageId: 'm1' })).toMatchObject({ message: { messageId: 'm1' } });
  });

  test('by its text', async () => {
    inMemory = [inChat('other', { body: 'Something else' }), inChat('m1')];
    expect(await search()).toMatchObject({ result: 'found', message: { messageId: 'm1' } });
  });

  test('in the earlier messages, where memory does not hold it', async () => {
    earlier = [inChat('m1')];
    expect(await search()).toMatchObject({ result: 'found', message: { messageId: 'm1' } });
  });

  test('though the page’s clock is a little behind', async () => {
    inMemory = [inChat('m1', { at: at(-5) })];
    expect(await search()).toMatchObject({ result: 'found' });
  });

  test('as its own, when the ledger gave it to this very part before', async () => {
    inMemory = [inChat('m1')];
    attributed = new Map([['m1', { deliveryId: 5, part: 0 }]]);
    expect(await search()).toMatchObject({ result: 'found' });
  });

  test('as the second of two equal ones, when the first belongs to another delivery', async () => {
    inMemory = [inChat('m1'), inChat('m2')];
    attributed = new Map([['m1', { deliveryId: 4, part: 0 }]]);
    expect(await search()).toMatchObject({ message: { messageId: 'm2' } });
  });

  test.each([
    ['by its caption and name', { kind: 'document', filename: 'a.pdf' }],
    ['without a name, as pictures are', { kind: 'image' }],
  ])('a document %s', async (_how, fields) => {
    inMemory = [inChat('m1', fields)];
    const submission = { kind: 'document', filename: 'a.pdf' } as Partial<Search['submission']>;
    expect(await search({}, submission)).toMatchObject({ result: 'found' });
  });
});

describe('it is not', () => {
  test.each([
    ['what somebody else wrote', { isFromMe: false }],
    ['what was there before', { at: at(-6) }],
    ['another text', { body: 'Dear clients' }],
    ['a document with the same words', { kind: 'document', filename: 'a.pdf' }],
  ])('%s', async (_what, fields) => {
    inMemory = [inChat('m1', fields)];
    expect(await search({ isSamePage: true })).toEqual({ result: 'absent' });
  });

  test.each([
    ['another file', { kind: 'document', filename: 'b.pdf' }],
    ['a text with the words of the caption', { kind: 'chat' }],
    ['the file with another caption', { kind: 'document', filename: 'a.pdf', body: 'x' }],
  ])('in place of a document: %s', async (_what, fields) => {
    inMemory = [inChat('m1', fields)];
    const submission = { kind: 'document', filename: 'a.pdf' } as Partial<Search['submission']>;
    expect(await search({ isSamePage: true }, submission)).toEqual({ result: 'absent' });
  });

  test.each([
    ['another delivery', { deliveryId: 4, part: 0 }],
    ['another part of the same delivery', { deliveryId: 5, part: 1 }],
  ])('an equal text that belongs to %s', async (_whose, owner) => {
    inMemory = [inChat('m1')];
    attributed = new Map([['m1', owner]]);
    expect(await search({ isSamePage: true })).toEqual({ result: 'absent' });
  });
});

describe('a message that is not seen', () => {
  test('was never taken, where the page is still the same', async () => {
    expect(await search({ isSamePage: true })).toEqual({ result: 'absent' });
  });

  test('may have left, where WhatsApp Web had taken it', async () => {
    expect(await search({ messageId: 'm1', isSamePage: true })).toEqual({ result: 'unclear' });
  });

  test('proves nothing on a new page whose history may not be there', async () => {
    expect(await search()).toEqual({ result: 'unclear' });
    confirmed = [{ messageId: null }, { messageId: 'gone' }];
    expect(await search()).toEqual({ result: 'unclear' });
  });

  test.each([
    ['in memory', () => (inMemory = [inChat('old', { at: at(-60) })])],
    ['among the earlier ones', () => (earlier = [inChat('old', { at: at(-60) })])],
    ['in another chat', () => byId.set('old', inChat('old'))],
  ])('is not there, where messages from before it are: %s', async (_where, put) => {
    put();
    confirmed = [{ messageId: 'gone' }, { messageId: 'old' }];
    expect(await search()).toEqual({ result: 'absent' });
  });
});
