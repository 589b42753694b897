import { setTimeout as delay } from 'node:timers/promises';
import type { TenantSettings } from '../../../contracts/tenant-settings';
import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import { bodyOf } from '../../whatsapp/message-body';
import type { PacingView } from '../../whatsapp/pacing-view';
import { normalizePhoneNumber } from '../../whatsapp/phone-numbers';
import type { WhatsAppSessions } from '../../whatsapp/whatsapp-sessions';
import {
  defaultAckTimeoutMs,
  type OutgoingContent,
  type SentMessage,
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
import { hashBody, listContents, maxDocumentBytes } from './message-contents';
import { createMessageLedger, type SubmissionProgress, type MessageLedger } from './message-ledger';
import { dayOf, drawGapMs, endOfQuietHours } from './pacing';
import { createRecipients } from './recipients';
import type { ReconcileTimes } from './reconcile-message';
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
  readonly databaseOf: LedgerDatabase;
  readonly attachments: AttachmentLoader;
  readonly logger: Logger;
  /** those of one delivery in the order of its ladder */
  readonly onReceipts: (customerId: string, receipts: readonly WhatsAppReceipt[]) => void;
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
/** A claimed message is shown as being sent: it does not wait longer than this for its gap. */
const longestWaitMs = 15_000;

/** How many of a tenant are under way: one is submitted, the other is made ready meanwhile. */
const pacedConcurrency = 2;
/** Without pacing two are submitted at a time, to different chats: WhatsApp's answers take their time. */
const freeSubmissions = 2;
const freeConcurrency = 6;

const isPaced = (settings: TenantSettings) =>
  settings.whatsapp_min_gap_ms > 0 || settings.whatsapp_max_gap_ms > 0;

/** Sends by WhatsApp: in order for each recipient, paced for each tenant, and called sent at ack 1. */
export function createWhatsAppChannel(options: WhatsAppChannelOptions): WhatsAppChannel {
  const { sessions, attachments, logger, onReceipts } = options;
  const now = options.now ?? (() => new Date());
  const random = options.random ?? Math.random;
  const times: ReconcileTimes = { ...defaultTimes, ...options.times };
  /** when the last message left, and the number that was drawn for the gap after it */
  const lastSends = new Map<string, { readonly atMs: number; readonly drawn: number }>();
  const slots = createSendSlots();
  const ledger: MessageLedger = createMessageLedger({
    databaseOf: options.databaseOf,
    logger,
    onProgress: notifyProgress,
  });
  const reconciliation = { sessions, ledger, logger, times };
  const submitter = createSubmitter({ ...reconciliation, now });
  const planner = createSubmissionPlanner(ledger);
  const recipients = createRecipients({ sessions, ledger, now });

  const stopListening = sessions.listen({
    receipt: (customerId, messageId, ack) => submitter.noteReceipt(customerId, messageId, ack),
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

  function requireTransport(customerId: string): WhatsAppTransport {
    const transport = sessions.transportOf(customerId);
    if (transport) return transport;
    throw new ChannelError('deferred', 'whatsapp_held', holdReason(sessions.peek(customerId)), {
      retryAfterMs: lostRetryMs,
    });
  }

  async function loadContents(
    tenant: ChannelTenant,
    message: OutgoingMessage,
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
    return listContents(message, files);
  }

  /** Computed again each time: a setting that changed holds for the gap that is running, too. */
  function nextSendMs(customerId: string, settings: TenantSettings): number {
    const last = lastSends.get(customerId);
    return last === undefined ? 0 : last.atMs + drawGapMs(settings, () => last.drawn);
  }

  /** The gap to the message before; a longer one than a claim should be held for is waited for outside. */
  async function waitForGap({ customerId, settings }: ChannelTenant, abort: AbortSignal): Promise<void> {
    const waitMs = nextSendMs(customerId, settings) - now().getTime();
    if (waitMs <= 0) return;
    const isLong = waitMs > longestWaitMs;
    if (!isLong) await delay(waitMs, undefined, { signal: abort }).catch(() => undefined);
    if (isLong || abort.aborted) {
      throw new ChannelError('deferred', 'paced', 'The next message waits for its gap.', {
        retryAfterMs: waitMs,
      });
    }
  }

  async function send(
    tenant: ChannelTenant,
    message: OutgoingMessage,
    abort: AbortSignal,
  ): Promise<SendReceipt> {
    const { customerId, settings } = tenant;
    const slot = slots.enter(customerId, {
      recipient: normalizePhoneNumber(message.recipient, settings.default_country) ?? message.recipient,
      atOnce: isPaced(settings) ? 1 : freeSubmissions,
    });
    try {
      return await prepareAndSend(tenant, message, slot, abort);
    } finally {
      slot.release();
    }
  }

  async function prepareAndSend(
    tenant: ChannelTenant,
    message: OutgoingMessage,
    slot: SendSlot,
    abort: AbortSignal,
  ): Promise<SendReceipt> {
    const { customerId, settings } = tenant;
    const quietUntil = endOfQuietHours(settings, now());
    if (quietUntil) {
      throw new ChannelError('deferred', 'quiet_hours', `Quiet hours until ${quietUntil.toISOString()}.`, {
        retryAfterMs: quietUntil.getTime() - now().getTime(),
      });
    }
    const transport = requireTransport(customerId);
    const contact = await recipients.find(tenant, message.recipient, transport, slot);
    const contents = await loadContents(tenant, message, abort);
    // Pacing may hold the message back for seconds: then nothing is written down as submitted before.
    if (isPaced(settings)) await slot.admitted;
    await waitForGap(tenant, abort);
    const startedAt = now();
    const submissions = contents.map((content, part) => ({
      deliveryId: message.deliveryId,
      part,
      chatId: contact.chatId,
      kind: content.kind,
      bodyHash: hashBody(bodyOf(content)),
      filename: content.kind === 'text' ? null : content.filename,
      startedAt,
    }));
    // Written down before the first part leaves: a crash is judged by it, and a delivery counts as delivered
    // only when all of its parts are.
    try {
      const isFirstAttempt = await planner.plan(customerId, submissions, slot.admitted);
      const earlier = isFirstAttempt ? undefined : await submitter.readEarlier(customerId, message);
      await slot.admitted;
      if (contents.some(({ kind }) => kind !== 'text')) await slot.acquireFiles();
      await slot.acquireChat(contact.chatId);
      let last: SentMessage | undefined;
      try {
        for (const [part, content] of contents.entries()) {
          const submission = submissions[part];
          if (!submission) continue;
          last = await submitter.submit({
            tenant,
            submission,
            content,
            earlier: earlier?.get(part),
            isRecorded: isFirstAttempt && part === 0,
            isNewContact: contact.isNew,
            abort,
          });
          if (contact.isNew && part === 0) {
            await ledger.rememberContact(customerId, { ...contact, firstSentAt: startedAt });
          }
        }
      } finally {
        lastSends.set(customerId, { atMs: now().getTime(), drawn: random() });
      }
      if (!last) throw new ChannelError('permanent', 'message_empty', 'The message is empty.');
      return { messageId: last.messageId, response: `ack ${last.ack}` };
    } finally {
      planner.finish(customerId);
    }
  }

  return {
    name: 'whatsapp',
    concurrency: pacedConcurrency,
    concurrencyOf: ({ settings }) => (isPaced(settings) ? pacedConcurrency : freeConcurrency),
    ordered: true,
    send,
    availability(tenant): ChannelAvailability {
      const { customerId, settings } = tenant;
      const elsewhere = sessions.elsewhere(customerId);
      if (elsewhere) {
        const { state } = elsewhere;
        const isHeld = state !== undefined && state.status !== 'ready';
        return {
          state: 'elsewhere',
          heldReason: isHeld ? holdReason(state) : undefined,
          tellOfWork: () => elsewhere.tellOfWork(),
        };
      }
      if (!sessions.transportOf(customerId)) {
        return { state: 'held', reason: holdReason(sessions.peek(customerId)) };
      }
      const at = now();
      const gapMs = settings.whatsapp_min_gap_ms;
      const untilMs = Math.max(
        slots.isBusy(customerId) && gapMs > 0 ? at.getTime() + gapMs : 0,
        nextSendMs(customerId, settings),
        endOfQuietHours(settings, at)?.getTime() ?? 0,
      );
      return untilMs > at.getTime() ? { state: 'paced', untilMs } : { state: 'open' };
    },
    findInterrupted: (tenant, message) =>
      findInterruptedDelivery(reconciliation, tenant.customerId, message.deliveryId, submitter.shutdown),
    async pacing(tenant) {
      const { customerId, settings } = tenant;
      const at = now();
      const nextMs = nextSendMs(customerId, settings);
      return {
        nextSendAt: nextMs > at.getTime() ? new Date(nextMs) : undefined,
        quietUntil: endOfQuietHours(settings, at),
        newContactsToday: await ledger.countNewContacts(customerId, dayOf(settings.timezone, at).start),
        newContactsPerDay: settings.whatsapp_new_contacts_per_day,
        newContactsLockedUntil: await ledger.newContactsLockedUntil(customerId),
      };
    },
    async stop() {
      stopListening();
      submitter.stop();
      await ledger.stop();
    },
  };
}
