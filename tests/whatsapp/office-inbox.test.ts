import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSignals } from '../../main/gateway/signals';
import type { Queryable } from '../../main/gateway/storage/database';
import type { WhatsAppInboundMessage } from '../../main/gateway/storage/whatsapp-inbound-store';
import { createOfficeInbox, type OfficeInbox } from '../../main/gateway/whatsapp/office-inbox';
import type { OfficeReplies } from '../../main/gateway/whatsapp/office-number';
import type { ChatMessage } from '../../main/gateway/whatsapp/whatsapp-transport';
import { createMemoryLogger } from '../support/memory-logger';

/** Whose each chat is, and how the databases are. */
let writers: Map<string, string>;
let isSystemAway: boolean;
let databases: Map<string, 'open' | 'hangs' | 'fails' | 'away'>;
let kept: { customerId: string; message: WhatsAppInboundMessage }[];
let claimed: { customerId: string | null; message: WhatsAppInboundMessage; isOpen: boolean }[];
let inbox: OfficeInbox;
const signals = createSignals(() => undefined);

const reply = (chatId: string, messageId: string): ChatMessage =>
  ({ messageId, chatId, kind: 'chat', body: messageId, at: new Date(), isFromMe: false }) as ChatMessage;

function databaseOf(customerId: string): Queryable | undefined {
  const state = databases.get(customerId);
  if (state === undefined || state === 'away') return undefined;
  return {
    query: (statement) => {
      if (state === 'hangs') return new Promise(() => undefined);
      if (state === 'fails') return Promise.reject(new Error('it is broken'));
      kept.push({ customerId, message: { messageId: statement.values?.[0] } as WhatsAppInboundMessage });
      return Promise.resolve([{ message_id: statement.values?.[0] }] as never[]);
    },
  };
}

const requireSystem = () => (isSystemAway ? Promise.reject(new Error('it is away')) : Promise.resolve());
const office: Pick<OfficeReplies, 'writersOf' | 'claim' | 'listOpen' | 'listOpenTenants' | 'close'> = {
  async writersOf(chatId) {
    await requireSystem();
    return [writers.get(chatId)].filter((writer) => writer !== undefined);
  },
  async claim(message, customerId) {
    await requireSystem();
    claimed.push({ customerId, message, isOpen: customerId !== null });
  },
  async listOpen(customerId) {
    await requireSystem();
    return claimed.filter((one) => one.isOpen && one.customerId === customerId).map(({ message }) => message);
  },
  async listOpenTenants() {
    await requireSystem();
    const open = claimed.filter((one) => one.isOpen).map(({ customerId }) => customerId ?? '');
    return [...new Set(open)];
  },
  async close(messageId) {
    await requireSystem();
    claimed = claimed.map((one) => (one.message.messageId === messageId ? { ...one, isOpen: false } : one));
  },
};

beforeEach(() => {
  vi.useFakeTimers();
  writers = new Map([
    ['a@c.us', 'ACC001'],
    ['b@c.us', 'ACC002'],
  ]);
  isSystemAway = false;
  databases = new Map([
    ['ACC001', 'open'],
    ['ACC002', 'open'],
  ]);
  kept = [];
  claimed = [];
  inbox = createOfficeInbox({
    databaseOf,
    logger: createMemoryLogger(),
    signals,
    office: office as OfficeReplies,
    announce: () => undefined,
  });
});
afterEach(() => {
  inbox.stop();
  vi.useRealTimers();
});

const arrived = () => kept.map(({ customerId, message }) => `${customerId} ${message.messageId}`);

test('what comes while the system database is away is written down when it is back, in its order', async () => {
  isSystemAway = true;
  for (const id of ['1', '2', '3']) inbox.receive(reply('a@c.us', id));
  inbox.receive(reply('nobody@c.us', '4'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(claimed).toEqual([]);
  isSystemAway = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(claimed.map(({ customerId, message }) => [customerId, message.messageId])).toEqual([
    ['ACC001', '1'],
    ['ACC001', '2'],
    ['ACC001', '3'],
    [null, '4'],
  ]);
  expect(arrived()).toEqual(['ACC001 1', 'ACC001 2', 'ACC001 3']);
});

test('no more than 5,000 of them wait in memory: the oldest go', async () => {
  isSystemAway = true;
  for (let n = 1; n <= 5_010; n += 1) inbox.receive(reply('a@c.us', String(n)));
  isSystemAway = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([claimed.length, claimed[0]?.message.messageId]).toEqual([5_000, '11']);
});

test('a tenant’s database that never answers holds up nobody else’s replies', async () => {
  databases.set('ACC001', 'hangs');
  inbox.receive(reply('a@c.us', '1'));
  inbox.receive(reply('b@c.us', '2'));
  await vi.advanceTimersByTimeAsync(100);
  expect(arrived()).toEqual(['ACC002 2']);
  expect(claimed).toMatchObject([{ isOpen: true }, { isOpen: false }]);
});

test.each(['fails', 'hangs'] as const)('nor does one that %s, among those that wait', async (state) => {
  databases.set('ACC001', 'away');
  databases.set('ACC002', 'away');
  inbox.receive(reply('a@c.us', '1'));
  inbox.receive(reply('b@c.us', '2'));
  await vi.advanceTimersByTimeAsync(100);
  expect(arrived()).toEqual([]);
  databases.set('ACC001', state);
  databases.set('ACC002', 'open');
  signals.emit('tenant.added', { customerId: 'ACC002' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(arrived()).toEqual(['ACC002 2']);
  if (state === 'hangs') return;
  databases.set('ACC001', 'open');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(arrived()).toEqual(['ACC002 2', 'ACC001 1']);
});
