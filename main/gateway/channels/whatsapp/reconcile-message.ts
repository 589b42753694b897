import { setTimeout as delay } from 'node:timers/promises';
import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import { sessionOf } from '../../whatsapp/office-number';
import type { WhatsAppSessions } from '../../whatsapp/whatsapp-sessions';
import {
  TransportLostError,
  TransportTimeoutError,
  type WhatsAppTransport,
} from '../../whatsapp/whatsapp-transport';
import type { SubmissionRecord, MessageLedger } from './message-ledger';
import { searchChat } from './search-chat';

/** Times of the search for messages that nobody answered for, in ms. */
export interface ReconcileTimes {
  /** a message that stays at ack 0 for so long shows that the session only looks connected */
  readonly ackTimeoutMs: number;
  /** for the whole search, a restart of the session included; then a person decides */
  readonly reconcileTimeoutMs: number;
  /** after a restart: how long the history may go on filling before a message counts as not there */
  readonly historyQuietMs: number;
}

export type Reconciliation =
  | { readonly outcome: 'sent'; readonly messageId: string; readonly ack: number }
  /** certainly not sent: `isRefused` when WhatsApp's server said so */
  | { readonly outcome: 'absent'; readonly isRefused: boolean }
  | { readonly outcome: 'uncertain'; readonly reason: string; readonly messageId: string | undefined };

export interface ReconcileRequest {
  readonly customerId: string;
  readonly submission: Pick<
    SubmissionRecord,
    'deliveryId' | 'part' | 'chatId' | 'kind' | 'bodyHash' | 'filename' | 'startedAt' | 'number'
  >;
  readonly messageId: string | undefined;
  /** the page it was submitted to; undefined when that was before this start of the gateway */
  readonly submittedTo: WhatsAppTransport['pageGone'] | undefined;
  readonly abort: AbortSignal;
}

export interface ReconcileOptions {
  readonly sessions: WhatsAppSessions;
  readonly ledger: MessageLedger;
  readonly logger: Logger;
  readonly times: ReconcileTimes;
}

const betweenLooksMs = 250;

/**
 * Finds out what became of a message that was submitted to WhatsApp: waits for its ack, restarts a session
 * that only looks connected, searches the chat. Gives up after `reconcileTimeoutMs`.
 * @throws the reason of `abort` when the gateway stops meanwhile
 */
export async function reconcileMessage(
  options: ReconcileOptions,
  request: ReconcileRequest,
): Promise<Reconciliation> {
  const { sessions, ledger, logger, times } = options;
  const { customerId, submission, abort } = request;
  const session = sessionOf(customerId, submission.number);
  const deadline = Date.now() + times.reconcileTimeoutMs;
  let messageId = request.messageId;
  let page: AbortSignal | undefined;
  let pageSinceMs = 0;
  let hasRestarted = false;
  let reason = 'WhatsApp did not come back in time';

  while (Date.now() < deadline) {
    const transport = await sessions.waitForTransport(session, deadline - Date.now(), abort);
    abort.throwIfAborted();
    if (!transport) break;
    if (transport.pageGone !== page) {
      page = transport.pageGone;
      pageSinceMs = Date.now();
    }
    const onPageMs = Date.now() - pageSinceMs;
    try {
      const isSamePage = page === request.submittedTo;
      const found = await searchChat({ customerId, transport, ledger, submission, messageId, isSamePage });
      if (found.result === 'found') {
        messageId = found.message.messageId;
        if (found.message.ack >= 1) return { outcome: 'sent', messageId, ack: found.message.ack };
        if (found.message.ack < 0) return { outcome: 'absent', isRefused: true };
        reason = 'the message is in the chat, but WhatsApp’s server has not confirmed it';
        if (onPageMs >= times.ackTimeoutMs && !hasRestarted) {
          hasRestarted = true;
          sessions.restartUnhealthy(session, 'WhatsApp looks connected, but its server takes no messages.');
        }
      } else if (onPageMs >= times.historyQuietMs) {
        if (found.result === 'absent') return { outcome: 'absent', isRefused: false };
        return {
          outcome: 'uncertain',
          reason: 'the chat does not show it, and its history may not be complete',
          messageId,
        };
      }
    } catch (thrown) {
      reason = errorText(thrown);
      logger.warn('whatsapp.chat_search_failed', 'whatsapp chat could not be searched', {
        customer_id: customerId,
        error: reason,
      });
      if (thrown instanceof TransportTimeoutError) sessions.restartUnhealthy(session, reason);
      else if (!(thrown instanceof TransportLostError) && onPageMs >= times.historyQuietMs) {
        return { outcome: 'uncertain', reason: `the chat could not be searched (${reason})`, messageId };
      }
    }
    await delay(betweenLooksMs, undefined, { signal: abort }).catch(() => undefined);
    abort.throwIfAborted();
  }
  return { outcome: 'uncertain', reason, messageId };
}
