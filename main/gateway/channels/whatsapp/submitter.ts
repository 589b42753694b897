import { setTimeout as delay } from 'node:timers/promises';
import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import type { WhatsAppSessions } from '../../whatsapp/whatsapp-sessions';
import {
  type ChatMessage,
  TransportLostError,
  TransportTimeoutError,
  type OutgoingContent,
  type WhatsAppTransport,
} from '../../whatsapp/whatsapp-transport';
import { ChannelError, type ChannelTenant, type OutgoingMessage } from '../channel';
import type { Submission, SubmissionRecord, MessageLedger } from './message-ledger';
import { readContactLock } from './pacing';
import { createPartsUnderWay, type PartUnderWay } from './parts-under-way';
import { reconcileMessage, type ReconcileRequest, type ReconcileTimes } from './reconcile-message';

/** A part that WhatsApp's server has. */
export interface Submitted {
  readonly messageId: string;
  readonly ack: number;
}

interface SubmitRequest {
  readonly tenant: ChannelTenant;
  readonly submission: Submission;
  readonly content: OutgoingContent;
  /** what an earlier attempt at this part left behind */
  readonly earlier: SubmissionRecord | undefined;
  /** the ledger says `handed` for it already */
  readonly isRecorded: boolean;
  readonly isNewContact: boolean;
  readonly signal: AbortSignal;
}

export interface Submitter {
  /** Records of earlier attempts by part; empty when the delivery is to be sent as if for the first time. */
  readEarlier(customerId: string, message: OutgoingMessage): Promise<ReadonlyMap<number, SubmissionRecord>>;
  /**
   * Hands one part to WhatsApp and does not return before its server has it.
   * @throws ChannelError `temporary` and `deferred` only when the part certainly did not leave, `unknown`
   * when nobody can say
   */
  submit(request: SubmitRequest): Promise<Submitted>;
  noteCreated(customerId: string, message: ChatMessage): void;
  noteAck(customerId: string, messageId: string, ack: number): void;
  /** aborted by `stop` */
  readonly life: AbortSignal;
  stop(): void;
}

export interface SubmitterOptions {
  readonly sessions: WhatsAppSessions;
  readonly ledger: MessageLedger;
  readonly logger: Logger;
  readonly times: ReconcileTimes;
  readonly now: () => Date;
}

export function createSubmitter(options: SubmitterOptions): Submitter {
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

  async function refuse(request: SubmitRequest, text: string, errorCode: number | undefined): Promise<never> {
    const { tenant, submission, isNewContact } = request;
    await ledger.updateSubmissionState(tenant.customerId, submission, { state: 'failed' });
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
    request: SubmitRequest,
    messageId: string | undefined,
    handedTo: ReconcileRequest['handedTo'],
    startedAt: Date,
  ): Promise<Submitted | 'absent' | 'refused'> {
    const { tenant, submission } = request;
    const { customerId } = tenant;
    const signal = AbortSignal.any([request.signal, life.signal]);
    // A crash from here on must know which message to look for.
    if (messageId !== undefined) {
      await ledger.updateSubmissionState(customerId, submission, { state: 'handed', messageId });
    }
    let reconciliation;
    try {
      reconciliation = await reconcileMessage(
        { sessions, ledger, logger, times },
        { customerId, submission: { ...submission, startedAt }, messageId, handedTo, signal },
      );
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      // The record stays at `handed`: the next attempt searches the chat before it sends.
      throw new ChannelError('deferred', 'gateway_stopping', 'The gateway is stopping.', {
        retryAfterMs: 0,
        cause: thrown,
      });
    }
    if (reconciliation.outcome === 'sent') return settleSent(customerId, submission, reconciliation);
    if (reconciliation.outcome === 'absent') {
      await ledger.updateSubmissionState(customerId, submission, { state: 'absent' });
      return reconciliation.isRefused ? 'refused' : 'absent';
    }
    await ledger.updateSubmissionState(customerId, submission, {
      state: 'unknown',
      messageId: reconciliation.messageId,
    });
    throw new ChannelError(
      'unknown',
      'outcome_unknown',
      `The message was handed to WhatsApp, and whether it left is not known: ${reconciliation.reason}. Look at the chat, then resend or close it.`,
      { response: reconciliation.reason },
    );
  }

  function settleSent(customerId: string, submission: Submission, handed: Submitted): Submitted {
    const { deliveryId, part } = submission;
    ledger.confirm(customerId, { deliveryId, part, messageId: handed.messageId });
    if (handed.ack > 1) ledger.raiseAck(customerId, handed.messageId, handed.ack);
    return handed;
  }

  /** Nothing was handed over: the record must not say otherwise. */
  async function postpone({ tenant, submission }: SubmitRequest): Promise<never> {
    await ledger.updateSubmissionState(tenant.customerId, submission, { state: 'planned' });
    throw new ChannelError('deferred', 'whatsapp_held', 'WhatsApp is not connected.', {
      retryAfterMs: 1_000,
    });
  }

  async function sendNow(request: SubmitRequest, link: WhatsAppTransport): Promise<Submitted> {
    const { tenant, submission, content, signal } = request;
    const { customerId } = tenant;
    if (!request.isRecorded) await ledger.recordSubmission(customerId, submission, 'handed');
    const { pageGone } = link;
    const part = underWay.begin(customerId, submission);
    try {
      let failure: unknown;
      try {
        const message = await link.send(submission.chatId, content);
        if (message) underWay.identify(customerId, part, message);
        if (part.messageId !== undefined && part.ack === 0) await waitForAck(part, signal, pageGone);
      } catch (thrown) {
        failure = thrown;
      }
      const { messageId } = part;
      if (part.ack >= 1 && messageId !== undefined) {
        return settleSent(customerId, submission, { messageId, ack: part.ack });
      }
      if (failure instanceof TransportLostError && !failure.wasAsked) return await postpone(request);
      const text = failure === undefined ? '' : errorText(failure);
      if (text.includes('No LID for user')) {
        await ledger.updateSubmissionState(customerId, submission, { state: 'failed' });
        throw new ChannelError('permanent', 'not_on_whatsapp', 'The recipient is not on WhatsApp.', {
          response: text,
        });
      }
      const isLock = readContactLock(text, part.errorCode, now()) !== undefined;
      if (part.ack < 0 || isLock) return await refuse(request, text, part.errorCode);
      if (failure === undefined && messageId !== undefined && !pageGone.aborted) {
        sessions.restartUnhealthy(customerId, 'WhatsApp looks connected, but its server takes no messages.');
      } else if (failure instanceof TransportTimeoutError) {
        sessions.restartUnhealthy(customerId, failure.message);
      }
      logger.warn('whatsapp did not answer for a message', {
        customer_id: customerId,
        delivery_id: submission.deliveryId,
        error: text,
      });
      const settled = await settle(request, messageId, pageGone, submission.startedAt);
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
      const records = await ledger.listSubmissions(customerId, message.deliveryId);
      // All parts left before: whoever sends it again wants it again. So does who resolved an unknown one.
      const isWhole = records.length > 0 && records.every((record) => record.state === 'sent');
      return new Map(isWhole ? [] : records.map((record) => [record.part, record]));
    },
    async submit(request) {
      const { tenant, earlier } = request;
      const { customerId } = tenant;
      if (earlier?.state === 'sent' && earlier.messageId !== null) {
        return { messageId: earlier.messageId, ack: earlier.ack };
      }
      if (earlier?.state === 'handed') {
        const settled = await settle(request, earlier.messageId ?? undefined, undefined, earlier.startedAt);
        if (typeof settled === 'object') return settled;
      }
      const link = sessions.transportOf(customerId);
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
