import { errorText } from '../../errors';
import { gatewayVersion } from '../../version';
import {
  type Channel,
  ChannelError,
  type ChannelTenant,
  type Exchange,
  type OutgoingMessage,
  type SendReceipt,
} from '../channel';
import { createOutboundClient, OutboundFailure, type OutboundResponse } from '../outbound/outbound-client';
import { type LookupHost, OutboundRefusedError, parseOutboundUrl } from '../outbound/outbound-guard';
import { describeExchange, maskHeader, maskUrl } from './describe-exchange';
import { judgeWebhookResponse } from './webhook-response';
import { signWebhook } from './webhook-signature';

/** Webhooks under way at once for one tenant. */
const concurrency = 10;
const connectTimeoutMs = 10_000;

export interface WebhookChannelOptions {
  /** for one attempt, from name lookup to the last byte of the answer; 15,000 by default */
  readonly timeoutMs?: number;
  /** for tests: how host names are found */
  readonly lookup?: LookupHost;
}

/** Of an answer nothing more is read: a receiver that streams for ever must not fill our memory. */
const maxResponseBytes = 65_536;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The names in a webhook's data that are the gateway's. */
const ownNames = ['event_id', 'delivery_id'] as const;

/** The event's data beside our own names; what the event itself says under these is kept in `original`. */
function composeData({ eventData, eventId, deliveryId }: OutgoingMessage): Record<string, unknown> {
  const hidden = ownNames.filter((name) => Object.hasOwn(eventData, name));
  const own = { event_id: eventId, delivery_id: deliveryId };
  if (hidden.length === 0) return { ...eventData, ...own };
  const given: unknown = eventData['original'];
  const original = {
    // A field of that name is the event's, too.
    ...(isRecord(given) ? given : given === undefined ? {} : { original: given }),
    ...Object.fromEntries(hidden.map((name) => [name, eventData[name]])),
  };
  return { ...eventData, original, ...own };
}

/** The body of a webhook, as the contract has it. */
function encodeBody(tenant: ChannelTenant, message: OutgoingMessage): Buffer {
  return Buffer.from(
    JSON.stringify({
      type: message.eventType,
      event_type: message.eventType,
      customer_id: tenant.customerId,
      timestamp: message.eventTime.toISOString(),
      data: composeData(message),
    }),
  );
}

function toChannelError(thrown: unknown, url: string): ChannelError {
  if (thrown instanceof ChannelError) return thrown;
  if (thrown instanceof OutboundRefusedError) {
    const kind = thrown.code === 'host_unknown' ? 'unavailable' : 'permanent';
    return new ChannelError(kind, thrown.code, `The webhook was not sent. ${thrown.message}`, {
      cause: thrown,
    });
  }
  if (thrown instanceof OutboundFailure) {
    const ownDoing = thrown.code === 'aborted' || thrown.code === 'stopped';
    return new ChannelError(
      ownDoing ? 'temporary' : 'unavailable',
      thrown.code === 'timed_out' ? 'webhook_timed_out' : thrown.code,
      `The webhook receiver ${URL.canParse(url) ? new URL(url).host : ''} ${thrown.message}.`,
      { response: errorText(thrown.cause ?? thrown), cause: thrown },
    );
  }
  return new ChannelError(
    'temporary',
    'webhook_failed',
    'The webhook could not be sent because of a fault in the gateway.',
    {
      response: errorText(thrown),
      cause: thrown,
    },
  );
}

/** @throws ChannelError that knows of the exchange */
function judge(response: OutboundResponse, url: URL, exchange: Exchange): string {
  try {
    return judgeWebhookResponse(response, url, Date.now());
  } catch (thrown) {
    if (!(thrown instanceof ChannelError)) throw thrown;
    throw new ChannelError(thrown.kind, thrown.code, thrown.message, { ...thrown.detail, exchange });
  }
}

/** Sends events to the URL in a tenant's settings, signed, over connections that are kept open. */
export function createWebhookChannel(options: WebhookChannelOptions = {}): Channel {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const client = createOutboundClient({
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    connectTimeoutMs: Math.min(connectTimeoutMs, timeoutMs),
  });
  const userAgent = `Modular-Gateway/${gatewayVersion}`;

  function headersOf(tenant: ChannelTenant, message: OutgoingMessage, body: Buffer, sentAt: Date) {
    const { webhook_secret: secret } = tenant.settings;
    const timestamp = String(Math.floor(sentAt.getTime() / 1000));
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'user-agent': userAgent,
      'webhook-id': message.messageId,
      'webhook-timestamp': timestamp,
    };
    if (secret === null || secret === '') return headers;
    return Object.assign(headers, signWebhook(secret, message.messageId, timestamp, body));
  }

  function post(
    url: URL,
    tenant: ChannelTenant,
    message: OutgoingMessage,
    sentAt: Date,
    abort: AbortSignal,
  ): Promise<OutboundResponse> {
    const { allow_private_urls: allowPrivate } = tenant.settings;
    const body = encodeBody(tenant, message);
    const headers = headersOf(tenant, message, body, sentAt);
    return client.request({
      method: 'POST',
      url,
      allowPrivate,
      headers,
      body,
      timeoutMs,
      maxBodyBytes: maxResponseBytes,
      signal: abort,
    });
  }

  return {
    name: 'webhook',
    concurrency,
    ordered: false,

    async send(tenant, message, abort): Promise<SendReceipt> {
      const { webhook_url: address, allow_private_urls: allowPrivate } = tenant.settings;
      if (address === null || address === '') {
        throw new ChannelError(
          'unavailable',
          'webhook_not_configured',
          'No webhook address is set for this customer. Set webhook_url in its settings.',
        );
      }
      try {
        const url = parseOutboundUrl(address, { allowPrivate });
        const sentAt = new Date();
        const response = await post(url, tenant, message, sentAt, abort);
        const exchange = describeExchange(url, sentAt, response);
        return {
          messageId: message.messageId,
          response: judge(response, url, exchange),
          exchange,
        };
      } catch (thrown) {
        throw toChannelError(thrown, address);
      }
    },

    rebuild(tenant, message, at) {
      const { webhook_url: address } = tenant.settings;
      const body = encodeBody(tenant, message);
      const headers = headersOf(tenant, message, body, at);
      return Promise.resolve({
        url: address !== null && URL.canParse(address) ? maskUrl(new URL(address)) : null,
        headers: Object.entries({ ...headers, 'content-length': String(body.length) }).map(
          ([name, value]) => [name, maskHeader(name, value)] as const,
        ),
        body: body.toString(),
      });
    },

    stop: () => client.stop(),
  };
}
