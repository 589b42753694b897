import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import { sessionOf } from '../../whatsapp/office-number';
import type { WhatsAppSessions } from '../../whatsapp/whatsapp-sessions';
import {
  type OutgoingContent,
  type SentMessage,
  TransportLostError,
  TransportTimeoutError,
  UnconfirmedError,
  type WhatsAppTransport,
} from '../../whatsapp/whatsapp-transport';
import { ChannelError, type ChannelTenant, type OutgoingMessage } from '../channel';
import type { Submission, SubmissionRecord, MessageLedger } from './message-ledger';
import { readContactLock } from './pacing';
import { reconcileMessage, type ReconcileRequest, type ReconcileTimes } from './reconcile-message';

interface SubmitRequest {
  readonly tenant: ChannelTenant;
  readonly submission: Submission;
  readonly content: OutgoingContent;
  /** what an earlier attempt at this part left behind */
  readonly earlier: SubmissionRecord | undefined;
  /** the ledger says `handed` for it already */
  readonly isRecorded: boolean;
  readonly isNewContact: boolean;
  readonly abort: AbortSignal;
}

export interface Submitter {
  /** Records of earlier attempts by part; empty when the delivery is to be sent as if for the first time. */
  readEarlier(customerId: string, message: OutgoingMessage): Promise<ReadonlyMap<number, SubmissionRecord>>;
  /**
   * Submits one part to WhatsApp and does not return before its server has it.
   * @throws ChannelError `temporary` and `deferred` only when the part certainly did not leave, `unknown`
   * when nobody can say
   */
  submit(request: SubmitRequest): Promise<SentMessage>;
  /** How far a message has come that nobody waits for any more. */
  noteReceipt(customerId: string, messageId: string, ack: number): void;
  /** aborted by `stop` */
  readonly shutdown: AbortSignal;
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
  const shutdown = new AbortController();
  /** messages whose chat is being searched: what is found there is judged, and their receipts are not */
  const reconciling = new Set<string>();

  async function refuse(request: SubmitRequest, text: string, errorCode: number | undefined): Promise<never> {
    const { tenant, submission, isNewContact } = request;
    await ledger.updateSubmissionState(tenant.customerId, submission, { state: 'failed' });
    const lock = isNewContact ? readContactLock(text, errorCode, now()) : undefined;
    if (lock) {
      await ledger.lockNewContacts(sessionOf(tenant.customerId, submission.number), lock.until);
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
  async function reconcile(
    request: SubmitRequest,
    messageId: string | undefined,
    submittedTo: ReconcileRequest['submittedTo'],
    submitted: ReconcileRequest['submission'],
  ): Promise<SentMessage | 'absent' | 'refused'> {
    const { tenant, submission } = request;
    const { customerId } = tenant;
    const abort = AbortSignal.any([request.abort, shutdown.signal]);
    // A crash from here on must know which message to look for.
    if (messageId !== undefined) {
      await ledger.updateSubmissionState(customerId, submission, { state: 'handed', messageId });
    }
    let reconciliation;
    try {
      reconciliation = await reconcileMessage(
        { sessions, ledger, logger, times },
        { customerId, submission: submitted, messageId, submittedTo, abort },
      );
    } catch (thrown) {
      if (!abort.aborted) throw thrown;
      // The record stays at `handed`: the next attempt searches the chat before it sends.
      throw new ChannelError('deferred', 'gateway_stopping', 'The gateway is stopping.', {
        retryAfterMs: 0,
        cause: thrown,
      });
    }
    if (reconciliation.outcome === 'sent') return confirm(customerId, submission, reconciliation);
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

  function confirm(customerId: string, submission: Submission, { messageId, ack }: SentMessage): SentMessage {
    const { deliveryId, part } = submission;
    ledger.confirm(customerId, { deliveryId, part, messageId });
    if (ack > 1) ledger.raiseAck(customerId, messageId, ack);
    return { messageId, ack };
  }

  /** Nothing was submitted: the record must not say otherwise. */
  async function postpone({ tenant, submission }: SubmitRequest): Promise<never> {
    await ledger.updateSubmissionState(tenant.customerId, submission, { state: 'planned' });
    throw new ChannelError('deferred', 'whatsapp_held', 'WhatsApp is not connected.', {
      retryAfterMs: 1_000,
    });
  }

  async function sendNow(request: SubmitRequest, transport: WhatsAppTransport): Promise<SentMessage> {
    const { tenant, submission, content, abort } = request;
    const { customerId } = tenant;
    if (!request.isRecorded) await ledger.recordSubmission(customerId, submission, 'handed');
    const { pageGone } = transport;
    try {
      const wait = { ackTimeoutMs: times.ackTimeoutMs, abort };
      return confirm(customerId, submission, await transport.send(submission.chatId, content, wait));
    } catch (thrown) {
      if (thrown instanceof UnconfirmedError) return await judge(request, thrown, pageGone);
      if (thrown instanceof TransportLostError && !thrown.wasAsked) return await postpone(request);
      throw thrown;
    }
  }

  /** The server has not confirmed the part: it refused it, or the chat has to be searched. */
  async function judge(
    request: SubmitRequest,
    unconfirmed: UnconfirmedError,
    submittedTo: AbortSignal,
  ): Promise<SentMessage> {
    const { submission } = request;
    const { customerId } = request.tenant;
    const session = sessionOf(customerId, submission.number);
    const { message: text, detail } = unconfirmed;
    if (text.includes('No LID for user')) {
      await ledger.updateSubmissionState(customerId, submission, { state: 'failed' });
      throw new ChannelError('permanent', 'not_on_whatsapp', 'The recipient is not on WhatsApp.', {
        response: text,
      });
    }
    const isLock = readContactLock(text, detail.errorCode, now()) !== undefined;
    if (detail.isRefused || isLock) return refuse(request, text, detail.errorCode);
    if (detail.isSilent) {
      sessions.restartUnhealthy(session, 'WhatsApp looks connected, but its server takes no messages.');
    } else if (detail.cause instanceof TransportTimeoutError) {
      sessions.restartUnhealthy(session, errorText(detail.cause));
    }
    logger.warn('whatsapp.message_unconfirmed', 'whatsapp did not confirm a message', {
      customer_id: customerId,
      delivery_id: submission.deliveryId,
      error: text,
    });
    const key = `${customerId} ${detail.messageId ?? ''}`;
    reconciling.add(key);
    const found = await reconcile(request, detail.messageId, submittedTo, submission).finally(() =>
      reconciling.delete(key),
    );
    if (found === 'refused') return refuse(request, text, detail.errorCode);
    if (found !== 'absent') return found;
    throw new ChannelError(
      'temporary',
      'whatsapp_error',
      `WhatsApp did not take the message${text === '' ? '.' : `: ${text}`}`,
      { response: text },
    );
  }

  return {
    shutdown: shutdown.signal,
    async readEarlier(customerId, message) {
      const records = await ledger.listSubmissions(customerId, message.deliveryId);
      // All parts left before: whoever sends it again wants it again. So does who resolved an unknown one.
      const isWhole = records.length > 0 && records.every((record) => record.state === 'sent');
      return new Map(isWhole ? [] : records.map((record) => [record.part, record]));
    },
    async submit(request) {
      const { tenant, submission, earlier } = request;
      const { customerId } = tenant;
      if (earlier?.state === 'sent' && earlier.messageId !== null) {
        return { messageId: earlier.messageId, ack: earlier.ack };
      }
      if (earlier?.state === 'handed') {
        // Under the number that it was handed to, which may be another by now.
        const found = await reconcile(request, earlier.messageId ?? undefined, undefined, earlier);
        if (typeof found === 'object') return found;
      }
      const transport = sessions.transportOf(sessionOf(customerId, submission.number));
      if (!transport || request.abort.aborted || shutdown.signal.aborted) return postpone(request);
      return sendNow(request, transport);
    },
    noteReceipt(customerId, messageId, ack) {
      if (ack > 0 && !reconciling.has(`${customerId} ${messageId}`)) {
        ledger.raiseAck(customerId, messageId, ack);
      }
    },
    stop() {
      shutdown.abort(new Error('the gateway is stopping'));
    },
  };
}
