import { setTimeout as delay } from 'node:timers/promises';
import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import type { WhatsAppSessions } from '../../whatsapp/whatsapp-sessions';
import {
  type ChatMessage,
  LinkLostError,
  LinkTimeoutError,
  type OutgoingContent,
  type WhatsAppLink,
} from '../../whatsapp/whatsapp-transport';
import { ChannelError, type ChannelTenant, type OutgoingMessage } from '../channel';
import type { Handover, HandoverRecord, MessageLedger } from './message-ledger';
import { readContactLock } from './pacing';
import { createPartsUnderWay, type PartUnderWay } from './parts-under-way';
import { settleMessage, type SettlementRequest, type SettlementTimes } from './reconcile-message';

/** A part that WhatsApp's server has. */
export interface Handed {
  readonly messageId: string;
  readonly ack: number;
}

export interface HandOverRequest {
  readonly tenant: ChannelTenant;
  readonly handover: Handover;
  readonly content: OutgoingContent;
  /** what an earlier attempt at this part left behind */
  readonly earlier: HandoverRecord | undefined;
  /** the ledger says `handed` for it already */
  readonly isRecorded: boolean;
  readonly isNewContact: boolean;
  readonly signal: AbortSignal;
}

export interface Handoff {
  /** Records of earlier attempts by part; empty when the delivery is to be sent as if for the first time. */
  readEarlier(customerId: string, message: OutgoingMessage): Promise<ReadonlyMap<number, HandoverRecord>>;
  /**
   * Hands one part to WhatsApp and does not return before its server has it.
   * @throws ChannelError `temporary` and `deferred` only when the part certainly did not leave, `unknown`
   * when nobody can say
   */
  handOver(request: HandOverRequest): Promise<Handed>;
  noteCreated(customerId: string, message: ChatMessage): void;
  noteAck(customerId: string, messageId: string, ack: number): void;
  /** aborted by `stop` */
  readonly life: AbortSignal;
  stop(): void;
}

export interface HandoffOptions {
  readonly sessions: WhatsAppSessions;
  readonly ledger: MessageLedger;
  readonly logger: Logger;
  readonly times: SettlementTimes;
  readonly now: () => Date;
}

export function createHandoff(options: HandoffOptions): Handoff {
  const { sessions, ledger, logger, times, now } = options;
  const underWay = createPartsUnderWay();
  const life = new AbortController();

  /**
   * Waits until the server has confirmed or refused the message, or `ackTimeoutMs` are over. A page that is
   * gone hears no answer: the chat is looked at as soon as there is another one.
   */
  async function waitForAck(part: PartUnderWay, signal: AbortSignal, pageGone: AbortSignal): Promise<void> {
    if (pageGone.aborted) return;
    const timer = new AbortController();
    const end = AbortSignal.any([signal, timer.signal]);
    const late = delay(times.ackTimeoutMs, undefined, { signal: end }).catch(() => undefined);
    const onGone = () => timer.abort();
    pageGone.addEventListener('abort', onGone, { once: true });
    const settled = new Promise<void>((resolve) => {
      part.onChange = () => {
        if (part.ack !== 0) resolve();
      };
    });
    if (part.ack === 0) await Promise.race([settled, late]);
    pageGone.removeEventListener('abort', onGone);
    timer.abort();
  }

  async function refuse(
    request: HandOverRequest,
    text: string,
    errorCode: number | undefined,
  ): Promise<never> {
    const { tenant, handover, isNewContact } = request;
    await ledger.settleHandover(tenant.customerId, handover, { state: 'failed' });
    const lock = isNewContact ? readContactLock(text, errorCode, now()) : undefined;
    if (lock) {
      await ledger.lockNewContacts(tenant.customerId, lock.until);
      throw new ChannelError(
        'deferred',
        'new_contacts_locked',
        `WhatsApp takes no messages to new contacts until ${lock.until.toISOString()} (error ${lock.code}).`,
        { response: text, retryAfterMs: lock.until.getTime() - now().getTime() },
      );
    }
    throw new ChannelError('temporary', 'whatsapp_refused', "WhatsApp's server refused the message.", {
      response: text,
    });
  }

  /** Nobody has answered for the part: find out, and say so in the ledger. */
  async function settle(
    request: HandOverRequest,
    messageId: string | undefined,
    handedTo: SettlementRequest['handedTo'],
    startedAt: Date,
  ): Promise<Handed | 'absent' | 'refused'> {
    const { tenant, handover } = request;
    const { customerId } = tenant;
    const signal = AbortSignal.any([request.signal, life.signal]);
    // A crash from here on must know which message to look for.
    if (messageId !== undefined) {
      await ledger.settleHandover(customerId, handover, { state: 'handed', messageId });
    }
    let settlement;
    try {
      settlement = await settleMessage(
        { sessions, ledger, logger, times },
        { customerId, handover: { ...handover, startedAt }, messageId, handedTo, signal },
      );
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      // The record stays at `handed`: the next attempt searches the chat before it sends.
      throw new ChannelError('deferred', 'gateway_stopping', 'The gateway is stopping.', {
        retryAfterMs: 0,
        cause: thrown,
      });
    }
    if (settlement.outcome === 'sent') return settleSent(customerId, handover, settlement);
    if (settlement.outcome === 'absent') {
      await ledger.settleHandover(customerId, handover, { state: 'absent' });
      return settlement.isRefused ? 'refused' : 'absent';
    }
    await ledger.settleHandover(customerId, handover, { state: 'unknown', messageId: settlement.messageId });
    throw new ChannelError(
      'unknown',
      'outcome_unknown',
      `The message was handed to WhatsApp, and whether it left is not known: ${settlement.reason}. Look at the chat, then resend or close it.`,
      { response: settlement.reason },
    );
  }

  function settleSent(customerId: string, handover: Handover, handed: Handed): Handed {
    const { deliveryId, part } = handover;
    ledger.confirm(customerId, { deliveryId, part, messageId: handed.messageId });
    if (handed.ack > 1) ledger.raiseAck(customerId, handed.messageId, handed.ack);
    return handed;
  }

  /** Nothing was handed over: the record must not say otherwise. */
  async function postpone({ tenant, handover }: HandOverRequest): Promise<never> {
    await ledger.settleHandover(tenant.customerId, handover, { state: 'planned' });
    throw new ChannelError('deferred', 'whatsapp_held', 'WhatsApp is not connected.', {
      retryAfterMs: 1_000,
    });
  }

  async function sendNow(request: HandOverRequest, link: WhatsAppLink): Promise<Handed> {
    const { tenant, handover, content, signal } = request;
    const { customerId } = tenant;
    if (!request.isRecorded) await ledger.recordHandover(customerId, handover, 'handed');
    const { pageGone } = link;
    const part = underWay.begin(customerId, handover);
    try {
      let failure: unknown;
      try {
        const message = await link.send(handover.chatId, content);
        if (message) underWay.identify(customerId, part, message);
        if (part.messageId !== undefined && part.ack === 0) await waitForAck(part, signal, pageGone);
      } catch (thrown) {
        failure = thrown;
      }
      const { messageId } = part;
      if (part.ack >= 1 && messageId !== undefined) {
        return settleSent(customerId, handover, { messageId, ack: part.ack });
      }
      if (failure instanceof LinkLostError && !failure.wasAsked) return await postpone(request);
      const text = failure === undefined ? '' : errorText(failure);
      if (text.includes('No LID for user')) {
        await ledger.settleHandover(customerId, handover, { state: 'failed' });
        throw new ChannelError('permanent', 'not_on_whatsapp', 'The recipient is not on WhatsApp.', {
          response: text,
        });
      }
      const isLock = readContactLock(text, part.errorCode, now()) !== undefined;
      if (part.ack < 0 || isLock) return await refuse(request, text, part.errorCode);
      if (failure === undefined && messageId !== undefined && !pageGone.aborted) {
        sessions.demote(customerId, 'WhatsApp looks connected, but its server takes no messages.');
      } else if (failure instanceof LinkTimeoutError) {
        sessions.demote(customerId, failure.message);
      }
      logger.warn('whatsapp did not answer for a message', {
        customer_id: customerId,
        delivery_id: handover.deliveryId,
        error: text,
      });
      const settled = await settle(request, messageId, pageGone, handover.startedAt);
      if (settled === 'refused') return await refuse(request, text, part.errorCode);
      if (settled !== 'absent') return settled;
      throw new ChannelError(
        'temporary',
        'whatsapp_error',
        `WhatsApp did not take the message${text === '' ? '.' : `: ${text}`}`,
        { response: text },
      );
    } finally {
      underWay.end(customerId, part);
    }
  }

  return {
    life: life.signal,
    async readEarlier(customerId, message) {
      const records = await ledger.listHandovers(customerId, message.deliveryId);
      // All parts left before: whoever sends it again wants it again. So does who resolved an unknown one.
      const isWhole = records.length > 0 && records.every((record) => record.state === 'sent');
      return new Map(isWhole ? [] : records.map((record) => [record.part, record]));
    },
    async handOver(request) {
      const { tenant, earlier } = request;
      const { customerId } = tenant;
      if (earlier?.state === 'sent' && earlier.messageId !== null) {
        return { messageId: earlier.messageId, ack: earlier.ack };
      }
      if (earlier?.state === 'handed') {
        const settled = await settle(request, earlier.messageId ?? undefined, undefined, earlier.startedAt);
        if (typeof settled === 'object') return settled;
      }
      const link = sessions.linkOf(customerId);
      if (!link || request.signal.aborted || life.signal.aborted) {
        return postpone(request);
      }
      return sendNow(request, link);
    },
    noteCreated: (customerId, message) => underWay.noteCreated(customerId, message),
    noteAck(customerId, messageId, ack) {
      if (!underWay.noteAck(customerId, messageId, ack) && ack > 0) {
        ledger.raiseAck(customerId, messageId, ack);
      }
    },
    stop() {
      life.abort(new Error('the gateway is stopping'));
    },
  };
}
