import { officeId, type NumberUsed } from '../../../contracts/office-number';
import { defaultTenantSettings, type TenantSettings } from '../../../contracts/tenant-settings';
import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import { nameAtOffice, numberOf, sessionOf } from '../../whatsapp/office-number';
import type { PacingView } from '../../whatsapp/pacing-view';
import { normalizePhoneNumber } from '../../whatsapp/phone-numbers';
import type { WhatsAppSessions } from '../../whatsapp/whatsapp-sessions';
import {
  defaultAckTimeoutMs,
  type OutgoingContent,
  type WhatsAppTransport,
} from '../../whatsapp/whatsapp-transport';
import type { AttachmentLoader } from '../attachments/attachment-loader';
import {
  type Channel,
  type ChannelAvailability,
  ChannelError,
  type ChannelTenant,
  type OutgoingMessage,
  type SendReceipt,
} from '../channel';
import { findInterruptedDelivery } from './find-interrupted';
import { holdReason } from './hold-reason';
import { listContents, maxDocumentBytes } from './message-contents';
import { createMessageLedger, type SubmissionProgress, type MessageLedger } from './message-ledger';
import { createOfficeContacts } from './office-contacts';
import { dayOf, endOfQuietHours, isPaced } from './pacing';
import { createRecipients, type OfficePace } from './recipients';
import type { ReconcileTimes } from './reconcile-message';
import { createSendGaps } from './send-gaps';
import { createPartsSender, type SendRequest } from './send-parts';
import { createSendSlots, type SendSlot } from './send-slots';
import { createSubmissionPlanner } from './submission-planner';
import { createSubmitter } from './submitter';

type LedgerDatabase = Parameters<typeof createMessageLedger>[0]['databaseOf'];

/** How far a message has come at WhatsApp, all its parts together. */
export interface WhatsAppReceipt {
  readonly deliveryId: number;
  /** as `SendReceipt.messageId` named it */
  readonly messageId: string;
  /** `sent` only for a message whose outcome was unknown until now */
  readonly status: 'sent' | 'delivered' | 'read';
  readonly at: Date;
}

export interface WhatsAppChannelOptions {
  readonly sessions: WhatsAppSessions;
  /** the system database for the office number's id */
  readonly databaseOf: LedgerDatabase;
  readonly attachments: AttachmentLoader;
  readonly logger: Logger;
  /** those of one delivery in the order of its ladder */
  readonly onReceipts: (customerId: string, receipts: readonly WhatsAppReceipt[]) => void;
  /** Absent: as a tenant's own number by default. */
  readonly officePace?: OfficePace;
  readonly times?: Partial<ReconcileTimes>;
  readonly now?: () => Date;
  /** 0 up to 1, for the gaps between messages */
  readonly random?: () => number;
}

export interface WhatsAppChannel extends Channel {
  readonly name: 'whatsapp';
  pacing(tenant: ChannelTenant): Promise<PacingView>;
}

const defaultTimes: ReconcileTimes = {
  ackTimeoutMs: defaultAckTimeoutMs,
  reconcileTimeoutMs: 90_000,
  historyQuietMs: 3_000,
};
/** what WhatsApp's acks 1, 2 and 3 mean; beyond (a voice message was played) there is nothing to report */
const ladder = ['sent', 'delivered', 'read'] as const;
const lostRetryMs = 1_000;

/** How many of a tenant are under way: one is submitted, the other is made ready meanwhile. */
const pacedConcurrency = 2;
/** Without pacing two are submitted at a time, to different chats: WhatsApp's answers take their time. */
const freeSubmissions = 2;
const freeConcurrency = 6;
/** So many tenants' messages wait in the office number's queue, claimed; the others come back later. */
const officeQueue = 3;

/** Sends by WhatsApp: in order for each recipient, paced for each tenant, and called sent at ack 1. */
export function createWhatsAppChannel(options: WhatsAppChannelOptions): WhatsAppChannel {
  const { sessions, attachments, logger, onReceipts } = options;
  const now = options.now ?? (() => new Date());
  const random = options.random ?? Math.random;
  const times: ReconcileTimes = { ...defaultTimes, ...options.times };
  const officePace = options.officePace ?? defaultTenantSettings;
  const gaps = createSendGaps(now, random);
  const slots = createSendSlots();
  const ledger: MessageLedger = createMessageLedger({
    databaseOf: options.databaseOf,
    logger,
    onProgress: notifyProgress,
  });
  const reconciliation = { sessions, ledger, logger, times };
  const submitter = createSubmitter({ ...reconciliation, now });
  const planner = createSubmissionPlanner(ledger);
  const office = createOfficeContacts(options.databaseOf, logger);
  const submitAll = createPartsSender({ ledger, submitter, planner, gaps, office, officePace, logger, now });
  const recipients = createRecipients({
    sessions,
    ledger,
    office,
    officePace,
    now,
  });

  const stopListening = sessions.listen({
    receipt(customerId, messageId, ack) {
      if (customerId === officeId) void noteOfficeReceipt(messageId, ack);
      else submitter.noteReceipt(customerId, messageId, ack);
    },
    received(customerId, message) {
      const phone = /^(\d+)@c\.us$/.exec(message.chatId)?.[1];
      if (phone === undefined) return;
      // Who wrote to us may be answered without counting as a new contact.
      ledger
        .rememberContact(customerId, { phone, chatId: message.chatId, firstSentAt: null })
        .catch((thrown: unknown) =>
          logger.warn('whatsapp.contact_store_failed', 'whatsapp contact could not be stored', {
            error: errorText(thrown),
          }),
        );
    },
  });

  function notifyProgress(customerId: string, progress: readonly SubmissionProgress[]): void {
    const at = now();
    onReceipts(
      customerId,
      progress.flatMap(({ deliveryId, messageId, ack, previousAck }) =>
        ladder.slice(Math.max(0, previousAck), ack).map((status) => ({ deliveryId, messageId, status, at })),
      ),
    );
  }

  /** Only its owner's ledger knows the message. */
  async function noteOfficeReceipt(messageId: string, ack: number): Promise<void> {
    try {
      for (const owner of await office.ownersOf(messageId)) submitter.noteReceipt(owner, messageId, ack);
    } catch (thrown) {
      logger.warn('whatsapp.receipt_store_failed', 'whatsapp receipts could not be stored', {
        number: 'office',
        error: errorText(thrown),
      });
    }
  }

  function requireTransport(customerId: string, number: NumberUsed): WhatsAppTransport {
    const session = sessionOf(customerId, number);
    const transport = sessions.transportOf(session);
    if (transport) return transport;
    throw new ChannelError('deferred', 'whatsapp_held', holdReason(sessions.peek(session), number), {
      retryAfterMs: lostRetryMs,
    });
  }

  async function loadContents(
    tenant: ChannelTenant,
    message: OutgoingMessage,
    number: NumberUsed,
    abort: AbortSignal,
  ): Promise<readonly OutgoingContent[]> {
    const files =
      message.attachments.length === 0
        ? []
        : await attachments.load(message.attachments, {
            maxTotalBytes: maxDocumentBytes,
            allowPrivate: tenant.settings.allow_private_urls,
            signal: abort,
          });
    return listContents(message, files, number === 'office' ? nameAtOffice(tenant) : undefined);
  }

  /** The next message may leave then (epoch, ms): the tenant's own pace, and that of the office number besides. */
  function nextSendMs({ customerId, settings }: ChannelTenant, number: NumberUsed): number {
    const own = gaps.nextMs(customerId, settings);
    return number === 'own' ? own : Math.max(own, gaps.nextMs(officeId, officePace));
  }

  /** @throws ChannelError deferred, not all to the same moment */
  function requirePlaceAtOffice(): void {
    if (slots.count(officeId) < officeQueue) return;
    const turnMs = officeQueue * Math.max(1_000, officePace.whatsapp_min_gap_ms);
    throw new ChannelError(
      'deferred',
      'paced',
      'Other tenants are sending from the office number right now.',
      {
        retryAfterMs: Math.round(turnMs * (1 + random())),
      },
    );
  }

  /**
   * A place among all who send by the office number. Whatever takes a tenant long by itself (its files, its own gap) is
   * done before, so that nobody waits for it.
   * @throws ChannelError deferred
   */
  function enterOffice(recipient: string): SendSlot {
    requirePlaceAtOffice();
    return slots.enter(officeId, { recipient, atOnce: 1 });
  }

  async function send(
    tenant: ChannelTenant,
    message: OutgoingMessage,
    abort: AbortSignal,
  ): Promise<SendReceipt> {
    const { customerId, settings } = tenant;
    const number = numberOf(sessions, tenant);
    const recipient = normalizePhoneNumber(message.recipient, settings.default_country) ?? message.recipient;
    const isOneByOne = number === 'office' || isPaced(settings);
    const slot = slots.enter(customerId, { recipient, atOnce: isOneByOne ? 1 : freeSubmissions });
    try {
      checkQuietHours(settings);
      const transport = requireTransport(customerId, number);
      if (number === 'own') {
        const by = { number, transport, slot };
        const contact = await recipients.find(tenant, message.recipient, by);
        const contents = await loadContents(tenant, message, number, abort);
        return await submitAll({ tenant, message, contents, contact, by, abort });
      }
      return await sendByOffice({ tenant, message, recipient, transport, slot, abort });
    } finally {
      slot.release();
    }
  }

  function checkQuietHours(settings: TenantSettings): void {
    const quietUntil = endOfQuietHours(settings, now());
    if (!quietUntil) return;
    throw new ChannelError('deferred', 'quiet_hours', `Quiet hours until ${quietUntil.toISOString()}.`, {
      retryAfterMs: quietUntil.getTime() - now().getTime(),
    });
  }

  async function sendByOffice(
    request: Omit<SendRequest, 'contents' | 'contact' | 'by'> & {
      readonly recipient: string;
      readonly transport: WhatsAppTransport;
      readonly slot: SendSlot;
    },
  ): Promise<SendReceipt> {
    const { tenant, message, transport, slot, abort } = request;
    const { customerId, settings } = tenant;
    // Files are not fetched for a message that would not get its turn.
    requirePlaceAtOffice();
    const contents = await loadContents(tenant, message, 'office', abort);
    await slot.admitted;
    await gaps.wait(customerId, settings, abort);
    const place = enterOffice(request.recipient);
    const ended = office.begin(customerId);
    try {
      await place.admitted;
      // Another gateway may have linked a number of its own, and not told yet.
      if (await ledger.wasPaired(customerId)) {
        throw new ChannelError('deferred', 'whatsapp_held', holdReason(undefined), {
          retryAfterMs: lostRetryMs,
        });
      }
      const by = { number: 'office', transport, slot: place } as const;
      const contact = await recipients.find(tenant, message.recipient, by);
      return await submitAll({ tenant, message, contents, contact, by, abort });
    } finally {
      ended();
      place.release();
    }
  }

  return {
    name: 'whatsapp',
    concurrency: pacedConcurrency,
    concurrencyOf(tenant) {
      if (numberOf(sessions, tenant) === 'office') return 1;
      return isPaced(tenant.settings) ? pacedConcurrency : freeConcurrency;
    },
    ordered: true,
    send,
    availability(tenant): ChannelAvailability {
      const { customerId, settings } = tenant;
      const number = numberOf(sessions, tenant);
      const session = sessionOf(customerId, number);
      const elsewhere = sessions.elsewhere(session);
      if (elsewhere) {
        const { state } = elsewhere;
        const isHeld = state !== undefined && state.status !== 'ready';
        return {
          state: 'elsewhere',
          heldReason: isHeld ? holdReason(state, number) : undefined,
          tellOfWork: () => elsewhere.tellOfWork(customerId),
        };
      }
      if (!sessions.transportOf(session)) {
        return { state: 'held', reason: holdReason(sessions.peek(session), number) };
      }
      const at = now();
      const gapMs = (number === 'office' ? officePace : settings).whatsapp_min_gap_ms;
      const untilMs = Math.max(
        slots.isBusy(session) && gapMs > 0 ? at.getTime() + gapMs : 0,
        nextSendMs(tenant, number),
        endOfQuietHours(settings, at)?.getTime() ?? 0,
      );
      return untilMs > at.getTime() ? { state: 'paced', untilMs } : { state: 'open' };
    },
    findInterrupted: (tenant, message) =>
      findInterruptedDelivery(reconciliation, tenant.customerId, message.deliveryId, submitter.shutdown),
    async pacing(tenant) {
      const { customerId, settings } = tenant;
      const at = now();
      const number = numberOf(sessions, tenant);
      const nextMs = nextSendMs(tenant, number);
      const pace = number === 'office' ? officePace : settings;
      const { start } = dayOf(pace.timezone, at);
      return {
        nextSendAt: nextMs > at.getTime() ? new Date(nextMs) : undefined,
        quietUntil: endOfQuietHours(settings, at),
        newContactsToday:
          number === 'office'
            ? (await office.countNew(customerId, start)).all
            : await ledger.countNewContacts(customerId, start),
        newContactsPerDay: pace.whatsapp_new_contacts_per_day,
        newContactsLockedUntil: await ledger.newContactsLockedUntil(sessionOf(customerId, number)),
      };
    },
    async stop() {
      stopListening();
      submitter.stop();
      await Promise.all([ledger.stop(), office.stop()]);
    },
  };
}
