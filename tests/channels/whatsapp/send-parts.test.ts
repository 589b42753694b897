import { describe, expect, test } from 'vitest';
import { ChannelError } from '../../../main/gateway/channels/channel';
import type { MessageLedger } from '../../../main/gateway/channels/whatsapp/message-ledger';
import { createOfficeContacts } from '../../../main/gateway/channels/whatsapp/office-contacts';
import { createPartsSender } from '../../../main/gateway/channels/whatsapp/send-parts';
import type { SendSlot } from '../../../main/gateway/channels/whatsapp/send-slots';
import type { Submitter } from '../../../main/gateway/channels/whatsapp/submitter';
import type { Database } from '../../../main/gateway/storage/database';
import type { Statement } from '../../../main/gateway/storage/database-client';
import type { WhatsAppTransport } from '../../../main/gateway/whatsapp/whatsapp-transport';
import { createMemoryLogger } from '../../support/memory-logger';
import { waitUntil } from '../../support/wait-until';
import { makeMessage, makeTenant, never } from '../make-message';

const chatId = '27822000001@c.us';
const slot = {
  admitted: Promise.resolve(),
  acquireFiles: () => Promise.resolve(),
  acquireChat: () => Promise.resolve(),
  acquireNewContacts: () => Promise.resolve(),
  release: () => undefined,
} as unknown as SendSlot;

/** A sender whose bookkeeping of contacts fails, of tenants and of the office alike, until it is mended. */
function createSender(submit: Submitter['submit']) {
  const stored: unknown[][] = [];
  const store = { isAway: true };
  const system = {
    query(statement: Statement) {
      if (store.isAway) return Promise.reject(new Error('the database is away'));
      stored.push([...(statement.values ?? [])]);
      return Promise.resolve([]);
    },
  } as unknown as Database;
  const logger = createMemoryLogger();
  const office = createOfficeContacts(() => system, logger);
  const send = createPartsSender({
    ledger: {
      rememberContact: () => Promise.reject(new Error('the database is away')),
    } as unknown as MessageLedger,
    submitter: { submit } as Submitter,
    planner: { plan: () => Promise.resolve(true), finish: () => undefined },
    gaps: { wait: () => Promise.resolve(), nextMs: () => 0, noteSent: () => undefined },
    office,
    officePace: makeTenant().settings,
    logger,
    now: () => new Date(),
  });
  return { send, office, store, stored };
}

const request = (number: 'own' | 'office') => ({
  tenant: makeTenant(),
  message: makeMessage({ whatsapp: { text: 'Hello' } }),
  contents: [{ kind: 'text', text: 'Hello' } as const],
  contact: { phone: '27822000001', chatId, isNew: true },
  by: { number, transport: {} as WhatsAppTransport, slot },
  abort: never(),
});

describe.each(['own', 'office'] as const)(
  'by the %s number, while contacts cannot be written down',
  (number) => {
    test('a message that WhatsApp took is sent, and not again', async () => {
      const { send, office } = createSender(() =>
        Promise.resolve({ messageId: `true_${chatId}_3EB0`, ack: 1 }),
      );
      expect(await send(request(number))).toMatchObject({ messageId: `true_${chatId}_3EB0` });
      await office.stop();
    });

    test('one whose outcome is unknown stays unknown', async () => {
      const unknown = new ChannelError('unknown', 'outcome_unknown', 'Nobody knows.');
      const { send, office } = createSender(() => Promise.reject(unknown));
      await expect(send(request(number))).rejects.toBe(unknown);
      await office.stop();
    });
  },
);

test('whom the office number wrote to meanwhile is known at once, and written down later', async () => {
  const { send, office, store, stored } = createSender(() =>
    Promise.resolve({ messageId: `true_99@lid_3EB0`, ack: 1 }),
  );
  await send(request('office'));
  expect(await office.findChat('27822000001')).toBe(chatId);
  store.isAway = false;
  await waitUntil(() => stored.some(([chats]) => Array.isArray(chats) && chats.includes(chatId)), {
    what: 'the contact to be written down',
  });
  expect(stored.at(-1)?.[0]).toEqual([chatId, '99@lid']);
  await office.stop();
});
