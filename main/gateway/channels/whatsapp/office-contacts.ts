import { LRUCache } from 'lru-cache';
import { officeId } from '../../../contracts/office-number';
import { createRepeatedFlight } from '../../concurrency/single-flight';
import { waitAtMost } from '../../concurrency/with-timeout';
import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import type { Database } from '../../storage/database';
import {
  countNewOfficeContacts,
  listOfficeWriters,
  readOfficeContact,
  saveOfficeContact,
  type NewOfficeContacts,
  type OfficeContact,
} from '../../storage/office-contact-store';

/** Receipts come seconds or hours later; of older messages the chat says who may have written them. */
const rememberedMessages = 20_000;
/** Whoever was written to while the system database was away is written down when it is back. */
const mostUnsaved = 10_000;
const saveAgainAfterMs = 2_000;
const waitForSaveMs = 1_000;
const stopWithinMs = 1_500;

/** Whom the office number has written to, and for which tenant. */
export interface OfficeContacts {
  /** The chat of a number that some tenant wrote to before. */
  findChat(phone: string): Promise<string | undefined>;
  /** Contacts that the number has met since: all tenants', and this one's. */
  countNew(customerId: string, since: Date): Promise<NewOfficeContacts>;
  /** A message of this tenant is being handed over. Returns what ends that. */
  begin(customerId: string): () => void;
  /**
   * This tenant wrote to that contact: replies are its from now on. Never throws, as the message has left: what the
   * database does not take is written down later.
   */
  noteSent(sent: {
    readonly customerId: string;
    readonly phone: string;
    readonly chatId: string;
    readonly messageId: string | undefined;
    readonly sentAt: Date;
  }): Promise<void>;
  noteMessage(customerId: string, messageId: string): void;
  /** Whose a message of ours is, as far as that is known: its owner is among them. */
  ownersOf(messageId: string): Promise<Iterable<string>>;
  stop(): Promise<void>;
}

/** @param databaseOf the system database for the office's id */
export function createOfficeContacts(
  databaseOf: (id: string) => Database | undefined,
  logger: Logger,
): OfficeContacts {
  const owners = new LRUCache<string, string>({ max: rememberedMessages });
  const underWay = new Map<string, number>();
  const unsaved: OfficeContact[] = [];
  const saving = createRepeatedFlight(saveAll);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function requireSystem(): Database {
    const system = databaseOf(officeId);
    if (!system) throw new Error('The system database is not open.');
    return system;
  }

  async function saveAll(): Promise<void> {
    clearTimeout(timer);
    try {
      for (let next = unsaved[0]; next; next = unsaved[0]) {
        await saveOfficeContact(requireSystem(), next);
        // A longer queue may have dropped it meanwhile.
        if (unsaved[0] === next) unsaved.shift();
      }
    } catch (thrown) {
      logger.warn('whatsapp.contact_store_failed', 'whatsapp contact could not be stored', {
        number: 'office',
        error: errorText(thrown),
      });
      if (!stopped) timer = setTimeout(() => void saving.run(), saveAgainAfterMs).unref();
    }
  }

  return {
    async findChat(phone) {
      return (
        unsaved.find((contact) => contact.phone === phone)?.chatIds[0] ??
        readOfficeContact(requireSystem(), phone)
      );
    },
    countNew: (customerId, since) => countNewOfficeContacts(requireSystem(), customerId, since),
    begin(customerId) {
      underWay.set(customerId, (underWay.get(customerId) ?? 0) + 1);
      return () => {
        const left = (underWay.get(customerId) ?? 1) - 1;
        if (left === 0) underWay.delete(customerId);
        else underWay.set(customerId, left);
      };
    },
    async noteSent({ customerId, phone, chatId, messageId, sentAt }) {
      // WhatsApp has two names for a chat, by number and by its own id; the reply may come under the other.
      const other = messageId === undefined ? undefined : chatOf(messageId);
      const chatIds = [...new Set([chatId, other ?? chatId])];
      unsaved.push({ chatIds, customerId, phone, sentAt });
      if (unsaved.length > mostUnsaved) unsaved.shift();
      await waitAtMost(saving.run(), waitForSaveMs);
    },
    noteMessage(customerId, messageId) {
      owners.set(messageId, customerId);
    },
    async ownersOf(messageId) {
      const known = owners.get(messageId);
      if (known !== undefined) return [known];
      const chatId = chatOf(messageId);
      const writers = chatId === undefined ? [] : await listOfficeWriters(requireSystem(), chatId);
      const late = unsaved.filter(({ chatIds }) => chatId !== undefined && chatIds.includes(chatId));
      return new Set([...underWay.keys(), ...late.map(({ customerId }) => customerId), ...writers]);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (unsaved.length > 0) await waitAtMost(saving.run(), stopWithinMs);
    },
  };
}

/** A message's id names its chat: `true_27821234567@c.us_3EB0…`. */
function chatOf(messageId: string): string | undefined {
  return /^true_([^_]+@[^_]+)_/.exec(messageId)?.[1];
}
