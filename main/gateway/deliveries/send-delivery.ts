import { ChannelError, type Channel, type OutgoingMessage } from '../channels/channel';
import { errorText, GatewayError } from '../errors';
import type { ClaimedDelivery, DeliveryOutcome } from '../storage/delivery-rows';
import { baseOutcome } from './base-outcome';
import { buildMessage } from './build-message';
import type { DeliveryEngineParts, DeliveryTenant } from './delivery-tenant';
import { addressIn, usesEmailFallback } from './plan-deliveries';
import { nextRetryInMs } from './retry-policy';

const longestKeptResponse = 1_000;

export interface SentDelivery {
  readonly outcome: DeliveryOutcome;
  /**
   * How the channel fared, for the circuit breaker; undefined when it was not asked. `held`: the account itself is
   * refused, and no other message would fare better.
   */
  readonly channelHealth: 'ok' | 'unavailable' | 'held' | undefined;
}

/**
 * Renders a claimed delivery, hands it to its channel and says what it becomes. Never throws: whatever goes
 * wrong becomes an outcome.
 * @param probing the channel counts as away and this message finds out: its failure costs no retry
 */
export async function sendDelivery(
  parts: Pick<DeliveryEngineParts, 'render'>,
  tenant: DeliveryTenant,
  channel: Channel,
  delivery: ClaimedDelivery,
  abort: AbortSignal,
  probing: boolean,
): Promise<SentDelivery> {
  const expired = expiredOutcome(delivery);
  if (expired) return { outcome: expired, channelHealth: undefined };

  const startedAt = new Date();
  const startedMs = performance.now();
  let message: OutgoingMessage | undefined;
  try {
    message = await buildMessage(parts, tenant, delivery, channel);
    const receipt = await channel.send(tenant, message, abort);
    const durationMs = Math.round(performance.now() - startedMs);
    return {
      channelHealth: 'ok',
      outcome: {
        ...baseOutcome(delivery),
        status: 'sent',
        messageId: receipt.messageId,
        message: keptMessage(message),
        attempt: {
          attempt: delivery.retry_count + 1,
          startedAt,
          durationMs,
          outcome: 'sent',
          errorCode: null,
          response: receipt.response.slice(0, longestKeptResponse),
          exchange: receipt.exchange,
        },
      },
    };
  } catch (thrown) {
    const error = toChannelError(thrown);
    const durationMs = Math.round(performance.now() - startedMs);
    return {
      channelHealth: healthAfter(error, message),
      outcome: failureOutcome(tenant, delivery, error, { startedAt, durationMs, message, probing }),
    };
  }
}

function healthAfter(
  error: ChannelError,
  message: OutgoingMessage | undefined,
): SentDelivery['channelHealth'] {
  if (holdsLane(error)) return 'held';
  if (error.kind === 'unavailable') return 'unavailable';
  return message ? 'ok' : undefined;
}

function holdsLane({ kind, detail }: ChannelError): boolean {
  return kind === 'unavailable' && detail.holdsLane === true;
}

function toChannelError(thrown: unknown): ChannelError {
  if (thrown instanceof ChannelError) return thrown;
  if (thrown instanceof GatewayError) return new ChannelError('permanent', thrown.code, thrown.message);
  return new ChannelError('temporary', 'unexpected_error', errorText(thrown), { cause: thrown });
}

function keptMessage(message: OutgoingMessage | undefined): DeliveryOutcome['message'] {
  if (message?.email) {
    return { subject: message.email.subject, text: message.email.text, html: message.email.html ?? null };
  }
  return message?.whatsapp ? { subject: null, text: message.whatsapp.text, html: null } : null;
}

/** A delivery that waited past its time fails instead of surprising someone. */
export function expiredOutcome(delivery: ClaimedDelivery, nowMs = Date.now()): DeliveryOutcome | undefined {
  if (delivery.expires_at === null || delivery.expires_at.getTime() > nowMs) return undefined;
  return givenUpOutcome(
    delivery,
    'expired',
    'The message was not sent before its expiry and is not sent any more.',
  );
}

/** A delivery that is given up without another attempt. */
export function givenUpOutcome(delivery: ClaimedDelivery, code: string, error: string): DeliveryOutcome {
  return { ...baseOutcome(delivery), status: 'failed', errorCode: code, error };
}

interface FailedAttempt {
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly message: OutgoingMessage | undefined;
  readonly probing: boolean;
}

function failureOutcome(
  tenant: DeliveryTenant,
  delivery: ClaimedDelivery,
  error: ChannelError,
  failed: FailedAttempt,
): DeliveryOutcome {
  const eventData = failed.message?.eventData ?? delivery.event_data ?? {};
  const email = emailInstead(tenant, delivery, eventData, error);
  if (email !== undefined) return reroutedOutcome(delivery, error, failed, email);
  // The breaker says when the next probe may leave; its message is due again at once.
  const waitsForLane = error.kind === 'unavailable' && (failed.probing || holdsLane(error));
  const spendsRetry = error.kind !== 'deferred' && !waitsForLane;
  const retryCount = delivery.retry_count + (spendsRetry ? 1 : 0);
  const waitMs = waitsForLane ? 0 : waitAfter(tenant, error, retryCount);
  const status =
    error.kind === 'unknown' ? 'unknown' : waitMs === undefined ? 'failed' : ('pending' as const);
  return {
    ...baseOutcome(delivery),
    status,
    // The last, failed retry is not counted beyond what the tenant allows.
    retryCount:
      status === 'failed'
        ? Math.min(retryCount, Math.max(delivery.retry_count, tenant.settings.max_retries))
        : retryCount,
    nextAttemptInMs: waitMs ?? 0,
    messageId: failed.message?.messageId ?? null,
    message: status === 'pending' ? null : keptMessage(failed.message),
    errorCode: error.code,
    error: error.message,
    // Pacing is no attempt: nothing was tried.
    attempt:
      error.kind === 'deferred'
        ? null
        : failedAttempt(delivery, error, failed, status === 'pending' ? 'retry' : status),
  };
}

function failedAttempt(
  delivery: ClaimedDelivery,
  error: ChannelError,
  { startedAt, durationMs }: FailedAttempt,
  outcome: 'retry' | 'failed' | 'unknown',
): NonNullable<DeliveryOutcome['attempt']> {
  return {
    attempt: delivery.retry_count + 1,
    startedAt,
    durationMs,
    outcome,
    errorCode: error.code,
    response: (error.detail.response ?? error.message).slice(0, longestKeptResponse),
    exchange: error.detail.exchange,
  };
}

/** What keeps a WhatsApp message from leaving for good, or for hours. */
const fallbackCodes = new Set([
  'not_on_whatsapp',
  'phone_invalid',
  'new_contact_quota',
  'new_contacts_locked',
]);

/** The address to write to instead, where the event type or the tenant wants the email as a fallback. */
function emailInstead(
  tenant: DeliveryTenant,
  delivery: ClaimedDelivery,
  /** the claim leaves large data out, and the one with a document in it is large */
  eventData: Readonly<Record<string, unknown>>,
  error: ChannelError,
): string | undefined {
  if (delivery.channel !== 'whatsapp' || !fallbackCodes.has(error.code)) return undefined;
  const templates = tenant.templatesFor(delivery.event_type ?? '', delivery.audience ?? '');
  if (!templates?.email || !tenant.settings.email_enabled) return undefined;
  if (!usesEmailFallback(templates.eventType, tenant.settings)) return undefined;
  return addressIn(eventData, templates.emailField);
}

/** The same delivery goes on as an email: the event still counts it once. */
function reroutedOutcome(
  delivery: ClaimedDelivery,
  error: ChannelError,
  failed: FailedAttempt,
  email: string,
): DeliveryOutcome {
  return {
    ...baseOutcome(delivery),
    retryCount: 0,
    errorCode: error.code,
    error: `${error.message} An email is sent instead.`,
    reroute: { channel: 'email', recipient: email },
    attempt: failedAttempt(delivery, error, failed, 'retry'),
  };
}

/** ms until the next attempt; undefined: given up. */
function waitAfter(tenant: DeliveryTenant, error: ChannelError, retryCount: number): number | undefined {
  switch (error.kind) {
    case 'permanent':
    case 'unknown':
      return undefined;
    case 'deferred':
      return error.detail.retryAfterMs ?? 60_000;
    case 'temporary':
    case 'unavailable':
      return nextRetryInMs(tenant.settings, retryCount, { notBeforeMs: error.detail.retryAfterMs });
  }
}
