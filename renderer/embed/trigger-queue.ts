import type { GatewayLink } from './gateway-link';
import { PageError, readFields, readPageError } from './page-error';

export interface TriggerOptions {
  /** the same key never makes a second event; one is made up where none is given */
  readonly idempotencyKey?: string;
  /** until the promise is rejected, 60,000 unless told */
  readonly timeoutMs?: number;
  /** ISO 8601; the event's messages are not sent any more after it */
  readonly expiresAt?: string;
}

/** The gateway's acknowledgement: the event is on disk. */
export interface TriggerAnswer {
  readonly success: true;
  readonly event_id: number;
  readonly status?: string;
  readonly deliveries?: readonly unknown[];
  readonly duplicate?: boolean;
}

/** Told of what becomes of a trigger before it has an event id. */
export interface TriggerWatcher {
  queued(key: string, eventType: string): void;
  accepted(key: string, answer: TriggerAnswer): void;
  refused(key: string, error: PageError): void;
}

export interface TriggerQueue {
  /**
   * Resolves once the gateway has the event on disk. While there is no connection it waits.
   * @throws PageError with the gateway's code; `queue_full` when 100 wait already; `timed_out` when it was not
   *   sent in time; `unconfirmed` when it was sent and no answer came in time; `invalid_data`; `stopped`
   */
  trigger(eventType: string, data: unknown, options?: TriggerOptions): Promise<TriggerAnswer>;
  /** how many wait for their answer */
  waiting(): number;
  stop(): void;
}

interface Waiting {
  readonly key: string;
  readonly payload: object;
  readonly deadline: ReturnType<typeof setTimeout>;
  settle(outcome: TriggerAnswer | PageError): void;
  isUnderWay: boolean;
  wasSent: boolean;
}

const mostWaiting = 100;
const defaultTimeoutMs = 60_000;
const answerTimeoutMs = 15_000;
const tryAgainAfterMs = 1_000;

export function createTriggerQueue(link: GatewayLink, watcher: TriggerWatcher): TriggerQueue {
  const queue = new Map<string, Waiting>();
  let retryTimer: ReturnType<typeof setTimeout> | undefined;

  /** In the order in which they came; the socket keeps it. */
  function sendAll(): void {
    if (link.state().status !== 'connected') return;
    for (const entry of queue.values()) if (!entry.isUnderWay) void send(entry);
  }

  async function send(entry: Waiting): Promise<void> {
    entry.isUnderWay = true;
    entry.wasSent = true;
    try {
      const answer = await link.request('internal:event', entry.payload, answerTimeoutMs);
      const fields = readFields(answer);
      if (fields['success'] === true && typeof fields['event_id'] === 'number') {
        entry.settle(answer as TriggerAnswer);
        return;
      }
      const error = readPageError(answer, 'The gateway refused the event.', 'refused');
      // Its own advice is to send again; everything else would be refused again.
      if (error.code === 'database_unavailable') sendLater();
      else entry.settle(error);
    } catch {
      // No answer: whether it arrived is unknown, and the key makes a second try harmless.
      sendLater();
    } finally {
      entry.isUnderWay = false;
    }
  }

  function sendLater(): void {
    retryTimer ??= setTimeout(() => {
      retryTimer = undefined;
      sendAll();
    }, tryAgainAfterMs);
  }

  function refuseAll(error: PageError): void {
    for (const entry of [...queue.values()]) entry.settle(error);
  }

  const unsubscribe = link.onState(({ status, trouble }) => {
    if (status === 'connected') sendAll();
    // Waiting would not help.
    if (status === 'refused' && trouble) refuseAll(trouble);
  });

  return {
    trigger(eventType, data, options = {}) {
      if (queue.size >= mostWaiting) {
        const error = new PageError('queue_full', `${mostWaiting} events wait already for the gateway.`);
        return Promise.reject(error);
      }
      const { status, trouble } = link.state();
      if (status === 'refused' && trouble) return Promise.reject(trouble);
      const key = options.idempotencyKey ?? makeKey();
      if (queue.has(key)) {
        return Promise.reject(new PageError('in_progress', 'An event with this key is on its way.'));
      }
      const eventData = copyData(data);
      if (eventData instanceof PageError) return Promise.reject(eventData);
      const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
      return new Promise((resolve, reject) => {
        const entry: Waiting = {
          key,
          payload: {
            event_type: eventType,
            event_data: eventData,
            idempotency_key: key,
            ...(options.expiresAt === undefined ? {} : { expires_at: options.expiresAt }),
          },
          isUnderWay: false,
          wasSent: false,
          deadline: setTimeout(
            () => entry.settle(lateError(entry.wasSent, timeoutMs, link.state().trouble)),
            timeoutMs,
          ),
          settle(outcome) {
            if (!queue.delete(key)) return;
            clearTimeout(entry.deadline);
            if (outcome instanceof PageError) {
              watcher.refused(key, outcome);
              reject(outcome);
            } else {
              watcher.accepted(key, outcome);
              resolve(outcome);
            }
          },
        };
        queue.set(key, entry);
        watcher.queued(key, eventType);
        sendAll();
      });
    },
    waiting: () => queue.size,
    stop() {
      unsubscribe();
      clearTimeout(retryTimer);
      refuseAll(new PageError('stopped', 'The page script was stopped.'));
    },
  };
}

/** As it is now: the page may change its object while the event waits. */
function copyData(data: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(data ?? {}));
  } catch {
    return new PageError('invalid_data', 'The event’s data cannot be written as JSON.');
  }
}

function lateError(wasSent: boolean, timeoutMs: number, trouble: PageError | undefined): PageError {
  const seconds = Math.round(timeoutMs / 1000);
  return wasSent
    ? new PageError('unconfirmed', `The event was sent, but no answer came within ${seconds} seconds.`)
    : new PageError(
        'timed_out',
        `The event was not sent: no connection to the gateway for ${seconds} seconds.${trouble ? ` ${trouble.message}` : ''}`,
      );
}

/** Not randomUUID: browsers keep that from pages that come by plain http, as they do on a LAN. */
function makeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
