import { LRUCache } from 'lru-cache';
import { officeId } from '../../../contracts/office-number';
import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import type { Database } from '../../storage/database';
import {
  countNewWhatsAppContacts,
  readWhatsAppContact,
  saveWhatsAppContact,
} from '../../storage/whatsapp-contact-store';
import {
  lockWhatsAppNewContacts,
  readWhatsAppSession,
  wasEverPaired,
} from '../../storage/whatsapp-session-store';
import {
  confirmSubmissions,
  findAttributedMessages,
  type Submission,
  type SubmissionProgress,
  type SubmissionRecord,
  type SubmissionState,
  insertSubmission,
  insertNewSubmissions,
  raiseAcks,
  readConfirmedSubmissions,
  readSubmissions,
  updateSubmission,
} from '../../storage/whatsapp-submission-store';

export type { Submission, SubmissionProgress, SubmissionRecord };

/** A contact is asked for with every message: so many are kept in memory, the longest unused goes first. */
const rememberedContacts = 20_000;
/**
 * Confirmations and acks come three a message, and one statement takes those of a span: a short one for a
 * message by itself, whose sender may be looking, a long one where they come in bursts.
 */
const shortSpanMs = 100;
const longSpanMs = 500;

/** What was submitted to WhatsApp, to whom, and what became of it; one set of tables a tenant. */
export interface MessageLedger {
  /** The chat of a number that was written to before, or that wrote to us. */
  findContact(customerId: string, phone: string): Promise<string | undefined>;
  /** `firstSentAt` null: the contact wrote first, and is no new contact of any day. */
  rememberContact(
    customerId: string,
    contact: { readonly phone: string; readonly chatId: string; readonly firstSentAt: Date | null },
  ): Promise<void>;
  countNewContacts(customerId: string, since: Date): Promise<number>;
  /** Has this tenant ever linked a number of its own? Asks the database. */
  wasPaired(customerId: string): Promise<boolean>;
  newContactsLockedUntil(customerId: string): Promise<Date | undefined>;
  lockNewContacts(customerId: string, until: Date): Promise<void>;
  /**
   * Writes all parts of some deliveries down, the first of each as `handed`, the others as `planned`. Resolves
   * when they are on disk. @returns for each delivery: false when there are records of an earlier attempt,
   * which then stay as they are
   */
  planSubmissions(
    customerId: string,
    deliveries: readonly (readonly Submission[])[],
  ): Promise<readonly boolean[]>;
  /** Writes one part again. Resolves when it is on disk. */
  recordSubmission(customerId: string, submission: Submission, state: 'planned' | 'handed'): Promise<void>;
  /** Says what became of a part. */
  updateSubmissionState(
    customerId: string,
    submission: { readonly deliveryId: number; readonly part: number },
    change: { readonly state: SubmissionState; readonly messageId?: string; readonly ack?: number },
  ): Promise<void>;
  listSubmissions(customerId: string, deliveryId: number): Promise<readonly SubmissionRecord[]>;
  findAttributed(
    customerId: string,
    messageIds: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly deliveryId: number; readonly part: number }>>;
  listConfirmed(customerId: string, before: Date, limit: number): Promise<readonly SubmissionRecord[]>;
  /** The server has a part. Written a moment later: should that be lost, the chat still shows it. */
  confirm(
    customerId: string,
    part: { readonly deliveryId: number; readonly part: number; readonly messageId: string },
  ): void;
  /** WhatsApp says how far a message has come; reported to `onProgress` a moment later. */
  raiseAck(customerId: string, messageId: string, ack: number): void;
  stop(): Promise<void>;
}

export interface MessageLedgerOptions {
  readonly databaseOf: (customerId: string) => Database | undefined;
  readonly logger: Logger;
  readonly onProgress: (customerId: string, progress: readonly SubmissionProgress[]) => void;
}

export function createMessageLedger(options: MessageLedgerOptions): MessageLedger {
  const { databaseOf, logger, onProgress } = options;
  const contacts = new LRUCache<string, string>({ max: rememberedContacts });
  const locks = new Map<string, Date | undefined>();
  const acks = new Map<string, Map<string, number>>();
  const confirmed = new Map<string, Parameters<MessageLedger['confirm']>[1][]>();
  const writing = new Map<string, Promise<void>>();
  const flushing = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let flushedAtMs = -Infinity;

  function requireDatabase(customerId: string): Database {
    const database = databaseOf(customerId);
    if (!database) throw new Error(`The database of ${customerId} is not open.`);
    return database;
  }

  async function writeConfirmed(customerId: string): Promise<void> {
    const parts = confirmed.get(customerId);
    const database = databaseOf(customerId);
    if (!parts || !database) return;
    confirmed.delete(customerId);
    try {
      await confirmSubmissions(database, parts);
    } catch (thrown) {
      logger.warn('whatsapp.submission_store_failed', 'whatsapp submissions could not be stored', {
        customer_id: customerId,
        error: errorText(thrown),
      });
    }
  }
  /** Resolves when everything that was confirmed so far can be read. */
  function flushWrites(customerId: string): Promise<void> {
    const written = (writing.get(customerId) ?? Promise.resolve()).then(() => writeConfirmed(customerId));
    writing.set(customerId, written);
    return written;
  }

  function keepContact(customerId: string, phone: string, chatId: string): void {
    contacts.set(`${customerId} ${phone}`, chatId);
  }

  async function flush(customerId: string, raised: ReadonlyMap<string, number>): Promise<void> {
    await flushWrites(customerId);
    const database = databaseOf(customerId);
    if (!database || raised.size === 0) return;
    try {
      const progress = await raiseAcks(database, raised);
      if (progress.length > 0) onProgress(customerId, progress);
    } catch (thrown) {
      logger.warn('whatsapp.receipt_store_failed', 'whatsapp receipts could not be stored', {
        customer_id: customerId,
        error: errorText(thrown),
      });
    }
  }
  function flushSoon(): void {
    const isBurst = performance.now() - flushedAtMs < longSpanMs * 2;
    timer ??= setTimeout(flushAll, isBurst ? longSpanMs : shortSpanMs);
  }
  function flushAll(): void {
    timer = undefined;
    flushedAtMs = performance.now();
    for (const customerId of new Set([...acks.keys(), ...confirmed.keys()])) {
      const work = flush(customerId, acks.get(customerId) ?? new Map<string, number>());
      flushing.add(work);
      void work.finally(() => flushing.delete(work));
    }
    acks.clear();
  }

  return {
    async findContact(customerId, phone) {
      const kept = contacts.get(`${customerId} ${phone}`);
      if (kept !== undefined) return kept;
      const contact = await readWhatsAppContact(requireDatabase(customerId), phone);
      if (contact) keepContact(customerId, phone, contact.chatId);
      return contact?.chatId;
    },
    async rememberContact(customerId, contact) {
      keepContact(customerId, contact.phone, contact.chatId);
      await saveWhatsAppContact(requireDatabase(customerId), contact);
    },
    countNewContacts: (customerId, since) => countNewWhatsAppContacts(requireDatabase(customerId), since),
    async wasPaired(customerId) {
      const row = await readWhatsAppSession(requireDatabase(customerId), customerId);
      return row !== undefined && wasEverPaired(row);
    },
    async newContactsLockedUntil(customerId) {
      // The office number's may have been removed, and another one linked, by any gateway.
      if (!locks.has(customerId) || customerId === officeId) {
        const row = await readWhatsAppSession(requireDatabase(customerId), customerId);
        locks.set(customerId, row?.new_contacts_locked_until ?? undefined);
      }
      return locks.get(customerId);
    },
    async lockNewContacts(customerId, until) {
      locks.set(customerId, until);
      await lockWhatsAppNewContacts(requireDatabase(customerId), customerId, until);
    },
    async planSubmissions(customerId, deliveries) {
      const ids = await insertNewSubmissions(requireDatabase(customerId), deliveries.flat());
      return deliveries.map(
        (parts) => ids.filter((id) => id === parts[0]?.deliveryId).length === parts.length,
      );
    },
    recordSubmission: (customerId, submission, state) =>
      insertSubmission(requireDatabase(customerId), submission, state),
    updateSubmissionState: (customerId, submission, change) =>
      updateSubmission(requireDatabase(customerId), submission, change),
    async listSubmissions(customerId, deliveryId) {
      await flushWrites(customerId);
      return readSubmissions(requireDatabase(customerId), deliveryId);
    },
    async findAttributed(customerId, messageIds) {
      await flushWrites(customerId);
      return findAttributedMessages(requireDatabase(customerId), messageIds);
    },
    async listConfirmed(customerId, before, limit) {
      await flushWrites(customerId);
      return readConfirmedSubmissions(requireDatabase(customerId), before, limit);
    },
    confirm(customerId, part) {
      confirmed.set(customerId, [...(confirmed.get(customerId) ?? []), part]);
      flushSoon();
    },
    raiseAck(customerId, messageId, ack) {
      const raised = acks.get(customerId) ?? new Map<string, number>();
      acks.set(customerId, raised);
      raised.set(messageId, Math.max(raised.get(messageId) ?? 0, ack));
      flushSoon();
    },
    async stop() {
      clearTimeout(timer);
      flushAll();
      await Promise.all(flushing);
    },
  };
}
