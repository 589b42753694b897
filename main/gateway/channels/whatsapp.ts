import { errorText } from '../errors';
import type { Logger } from '../logger';
import type { WhatsAppSessions } from '../whatsapp/create-whatsapp-sessions';
import { createMessageLedger, type HandoverProgress, type MessageLedger } from '../whatsapp/message-ledger';
import type { SessionState } from '../whatsapp/session-record';
import type { OutgoingContent, WhatsAppLink } from '../whatsapp/whatsapp-link';
import {
  type Channel,
  type ChannelAvailability,
  ChannelError,
  type ChannelTenant,
  type OutgoingMessage,
  type SendReceipt,
} from './channel';
import type { AttachmentLoader } from './load-attachments';
import { bodyOf, hashBody, listContents, maxDocumentBytes } from './whatsapp-contents';
import { createHandoff, type Handed } from './whatsapp-handoff';
import { findInterruptedDelivery } from './whatsapp-interrupted';
import { dayOf, drawGapMs, endOfQuietHours } from './whatsapp-pacing';
import { createRecipients } from './whatsapp-recipients';
import type { SettlementTimes } from './whatsapp-settlement';

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
  readonly onReceipt: (customerId: string, receipt: WhatsAppReceipt) => void;
  readonly times?: Partial<SettlementTimes>;
  readonly now?: () => Date;
  /** 0 up to 1, for the gaps between messages */
  readonly random?: () => number;
}

/** What pacing holds back, for whoever looks. */
export interface PacingView {
  /** the earliest time of the next message; in the past: at once */
  readonly nextSendAt: Date | undefined;
  readonly quietUntil: Date | undefined;
  readonly newContactsToday: number;
  /** 0: no limit */
  readonly newContactsPerDay: number;
  readonly newContactsLockedUntil: Date | undefined;
}

export interface WhatsAppChannel extends Channel {
  readonly name: 'whatsapp';
  pacing(tenant: ChannelTenant): Promise<PacingView>;
}

const defaultTimes: SettlementTimes = {
  ackTimeoutMs: 30_000,
  settleTimeoutMs: 90_000,
  historySettleMs: 3_000,
};
const lostRetryMs = 1_000;

/** Why a session that is not ready holds messages back, for people. */
function explainHeld(state: SessionState | undefined): string {
  switch (state?.status) {
    case 'initializing':
    case 'authenticated':
      return 'WhatsApp is connecting.';
    case 'qr_ready':
      return 'WhatsApp waits for its code to be scanned.';
    case 'auth_failed':
    case 'logged_out':
      return 'WhatsApp is not linked: a code has to be scanned.';
    case 'disconnected':
      return state.isPaired
        ? `WhatsApp is not connected${state.error === undefined ? '.' : `: ${state.error}`}`
        : 'WhatsApp is not linked: a code has to be scanned.';
    case 'ready':
    case undefined:
      return 'WhatsApp is not connected.';
  }
}

/** Sends by WhatsApp: one message at a time and in order for each tenant, paced, and called sent at ack 1. */
export function createWhatsAppChannel(options: WhatsAppChannelOptions): WhatsAppChannel {
  const { sessions, attachments, logger, onReceipt } = options;
  const now = options.now ?? (() => new Date());
  const random = options.random ?? Math.random;
  const times: SettlementTimes = { ...defaultTimes, ...options.times };
  const nextSendAt = new Map<string, number>();
  const ledger: MessageLedger = createMessageLedger({
    databaseOf: options.databaseOf,
    logger,
    onProgress: tellProgress,
  });
  const settlement = { sessions, ledger, logger, times };
  const handoff = createHandoff({ ...settlement, now });
  const recipients = createRecipients({ sessions, ledger, now });

  const stopListening = sessions.listen({
    created: (customerId, message) => handoff.noteCreated(customerId, message),
    acknowledged: (customerId, messageId, ack) => handoff.noteAck(customerId, messageId, ack),
    received(customerId, message) {
      const phone = /^(\d+)@c\.us$/.exec(message.chatId)?.[1];
      if (phone === undefined) return;
      // Who wrote to us may be answered without counting as a new contact.
      ledger
        .rememberContact(customerId, { phone, chatId: message.chatId, firstSentAt: null })
        .catch((thrown: unknown) => logger.warn('whatsapp contact not stored', { error: errorText(thrown) }));
    },
  });

  function tellProgress(customerId: string, progress: HandoverProgress): void {
    const { deliveryId, messageId, ack, previousAck } = progress;
    const steps = [
      [1, 'sent'],
      [2, 'delivered'],
      [3, 'read'],
    ] as const;
    for (const [step, status] of steps) {
      if (previousAck < step && ack >= step)
        onReceipt(customerId, { deliveryId, messageId, status, at: now() });
    }
  }

  function requireLink(customerId: string): WhatsAppLink {
    const link = sessions.linkOf(customerId);
    if (link) return link;
    throw new ChannelError('deferred', 'whatsapp_held', explainHeld(sessions.peek(customerId)), {
      retryAfterMs: lostRetryMs,
    });
  }

  async function loadContents(
    tenant: ChannelTenant,
    message: OutgoingMessage,
    signal: AbortSignal,
  ): Promise<readonly OutgoingContent[]> {
    const files =
      message.attachments.length === 0
        ? []
        : await attachments.load(message.attachments, {
            maxTotalBytes: maxDocumentBytes,
            allowPrivate: tenant.settings.allow_private_urls,
            signal,
          });
    return listContents(message, files);
  }

  async function send(
    tenant: ChannelTenant,
    message: OutgoingMessage,
    signal: AbortSignal,
  ): Promise<SendReceipt> {
    const { customerId, settings } = tenant;
    const quietUntil = endOfQuietHours(settings, now());
    if (quietUntil) {
      throw new ChannelError('deferred', 'quiet_hours', `Quiet hours until ${quietUntil.toISOString()}.`, {
        retryAfterMs: quietUntil.getTime() - now().getTime(),
      });
    }
    const link = requireLink(customerId);
    const contact = await recipients.find(tenant, message.recipient, link);
    const contents = await loadContents(tenant, message, signal);
    const startedAt = now();
    const handovers = contents.map((content, part) => ({
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
    const isFirstAttempt = await ledger.planHandovers(customerId, handovers);
    const earlier = isFirstAttempt ? undefined : await handoff.readEarlier(customerId, message);
    let last: Handed | undefined;
    try {
      for (const [part, content] of contents.entries()) {
        const handover = handovers[part];
        if (!handover) continue;
        last = await handoff.handOver({
          tenant,
          handover,
          content,
          earlier: earlier?.get(part),
          isRecorded: isFirstAttempt && part === 0,
          isNewContact: contact.isNew,
          signal,
        });
        if (contact.isNew && part === 0)
          await ledger.rememberContact(customerId, { ...contact, firstSentAt: startedAt });
      }
    } finally {
      nextSendAt.set(customerId, now().getTime() + drawGapMs(settings, random));
    }
    if (!last) throw new ChannelError('permanent', 'message_empty', 'The message is empty.');
    return { messageId: last.messageId, response: `ack ${last.ack}` };
  }

  return {
    name: 'whatsapp',
    // The account is one person writing: whatever leaves at once looks like a machine, and is banned for it.
    concurrency: 1,
    ordered: true,
    send,
    availability(tenant): ChannelAvailability {
      const { customerId, settings } = tenant;
      if (!sessions.linkOf(customerId)) {
        return { state: 'held', reason: explainHeld(sessions.peek(customerId)) };
      }
      const at = now();
      const untilMs = Math.max(
        nextSendAt.get(customerId) ?? 0,
        endOfQuietHours(settings, at)?.getTime() ?? 0,
      );
      return untilMs > at.getTime() ? { state: 'paced', untilMs } : { state: 'open' };
    },
    findInterrupted: (tenant, message) =>
      findInterruptedDelivery(settlement, tenant.customerId, message.deliveryId, handoff.life),
    async pacing(tenant) {
      const { customerId, settings } = tenant;
      const at = now();
      const next = nextSendAt.get(customerId);
      return {
        nextSendAt: next === undefined ? undefined : new Date(next),
        quietUntil: endOfQuietHours(settings, at),
        newContactsToday: await ledger.countNewContacts(customerId, dayOf(settings.timezone, at).start),
        newContactsPerDay: settings.whatsapp_new_contacts_per_day,
        newContactsLockedUntil: await ledger.newContactsLockedUntil(customerId),
      };
    },
    async stop() {
      stopListening();
      handoff.stop();
      await ledger.stop();
    },
  };
}
