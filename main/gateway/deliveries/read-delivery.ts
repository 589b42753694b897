import { base64Bytes } from '../../contracts/base64';
import type { Attachment } from '../../contracts/event-types';
import type { ChannelName, DeliveryStatus } from '../../contracts/statuses';
import { ChannelError, type Channel, type OutgoingMessage, type WireMessage } from '../channels/channel';
import { GatewayError } from '../errors';
import type { MessageRenderer } from '../messages/message-renderer';
import type {
  AttemptRow,
  DeliveryContent,
  DeliveryHistoryStore,
  DeliveryRow,
} from '../storage/delivery-history-store';
import type { EventDeliveryRow, EventRow } from '../storage/event-rows';
import { buildMessage } from './build-message';
import type { DeliveryTenant } from './delivery-tenant';

/** A delivery with all that is known of it. */
export interface DeliveryRecord {
  readonly delivery: DeliveryRow;
  readonly attempts: readonly AttemptRow[];
  readonly event: (EventRow & { readonly event_data: Record<string, unknown> }) | undefined;
  /** the event's other deliveries */
  readonly siblings: readonly EventDeliveryRow[];
  readonly message: DeliveryMessage | undefined;
  readonly wire: WireMessage | undefined;
}

interface DeliveryMessage {
  readonly subject: string | null;
  readonly text: string;
  readonly html: string | null;
  readonly attachments: readonly { readonly filename: string; readonly bytes: number | null }[];
  /** as it left; otherwise what would leave now */
  readonly asSent: boolean;
}

interface Owner extends DeliveryTenant {
  readonly history: DeliveryHistoryStore;
}

const handedOver: readonly DeliveryStatus[] = ['sent', 'delivered', 'read', 'unknown'];

interface ReadParts {
  readonly renderer: MessageRenderer;
  readonly channels: ReadonlyMap<ChannelName, Channel>;
}

/** More of a message as it goes over the wire is not shown. */
const longestWireBody = 200_000;

/** @throws GatewayError `delivery_not_found` (404) */
export async function readDelivery(parts: ReadParts, owner: Owner, id: number): Promise<DeliveryRecord> {
  const [delivery, content, attempts] = await Promise.all([
    owner.history.find(id),
    owner.history.findContent(id),
    owner.history.attempts([id]),
  ]);
  if (!delivery || !content) {
    throw new GatewayError('delivery_not_found', 'There is no such delivery.', 404);
  }
  const [found, related] =
    delivery.event_id === null
      ? [undefined, []]
      : await Promise.all([
          owner.events.find(delivery.event_id),
          owner.events.listDeliveries([delivery.event_id]),
        ]);
  const event = found && { ...found, event_data: toRecord(found.event_data) };
  return {
    delivery,
    attempts,
    event: event && { ...event, event_data: withoutContents(event.event_data) },
    siblings: related.filter((sibling) => sibling.id !== id),
    ...(await describeMessages(parts, owner, { delivery, attempts, content, event })),
  };
}

async function describeMessages(
  parts: ReadParts,
  owner: Owner,
  found: Pick<DeliveryRecord, 'delivery' | 'attempts' | 'event'> & { readonly content: DeliveryContent },
): Promise<Pick<DeliveryRecord, 'message' | 'wire'>> {
  const { delivery, content, event } = found;
  const built = await preview(parts, owner, delivery, content, event);
  const at = found.attempts.at(-1)?.started_at ?? delivery.sent_at ?? new Date();
  return {
    message: describeMessage(delivery, content, built),
    wire: built && (await rebuild(parts, owner, asKept(built, content), delivery.channel, at)),
  };
}

/** With the texts that were kept when it left. */
function asKept(built: OutgoingMessage, content: DeliveryContent): OutgoingMessage {
  const { message_subject: subject, message_content: text, message_html: html } = content;
  if (built.email === undefined || text === null) return built;
  return {
    ...built,
    email: { subject: subject ?? built.email.subject, text, ...(html === null ? {} : { html }) },
  };
}

async function rebuild(
  { channels }: ReadParts,
  owner: Owner,
  message: OutgoingMessage,
  channel: ChannelName,
  at: Date,
): Promise<WireMessage | undefined> {
  try {
    const wire = await channels.get(channel)?.rebuild?.(owner, message, at);
    return wire && { ...wire, body: wire.body.slice(0, longestWireBody).toWellFormed() };
  } catch (thrown) {
    // As things are now nothing could be sent: no mail account, no address.
    if (thrown instanceof ChannelError) return undefined;
    throw thrown;
  }
}

function describeMessage(
  delivery: DeliveryRow,
  content: DeliveryContent,
  built: OutgoingMessage | undefined,
): DeliveryMessage | undefined {
  const wasHandedOver = handedOver.includes(delivery.status);
  const attachments = [...(built?.attachments ?? []).map(describeAttachment), ...listStored(content)];
  if (content.message_content !== null) {
    return {
      subject: content.message_subject,
      text: content.message_content,
      html: content.message_html,
      attachments,
      asSent: wasHandedOver,
    };
  }
  if (!built) return undefined;
  if (delivery.channel === 'webhook') {
    const text = JSON.stringify(withoutContents(built.eventData), undefined, 2);
    return { subject: null, text, html: null, attachments: [], asSent: wasHandedOver };
  }
  return {
    subject: built.email?.subject ?? null,
    text: built.email?.text ?? built.whatsapp?.text ?? '',
    html: built.email?.html ?? null,
    attachments,
    asSent: false,
  };
}

function describeAttachment({ filename, content_base64: content }: Attachment) {
  return { filename, bytes: content === undefined ? null : base64Bytes(content) };
}

/** Files that are stored beside their message, which knows their sizes. */
function listStored({ direct_message: message }: DeliveryContent) {
  const { attachments } = toRecord(message);
  return (Array.isArray(attachments) ? attachments : [])
    .map(toRecord)
    .flatMap(({ filename, bytes }) =>
      typeof filename === 'string' && typeof bytes === 'number' ? [{ filename, bytes }] : [],
    );
}

/** What would leave now; undefined where templates or data do not allow it any more. */
async function preview(
  parts: ReadParts,
  owner: Owner,
  delivery: DeliveryRow,
  content: DeliveryContent,
  event: DeliveryRecord['event'],
): Promise<OutgoingMessage | undefined> {
  try {
    return await buildMessage({ render: () => parts.renderer }, owner, {
      ...delivery,
      queued_at: null,
      direct_message: content.direct_message,
      direct_content_bytes: null,
      event_created_at: event?.created_at ?? null,
      event_data: event?.event_data ?? null,
    });
  } catch (thrown) {
    if (thrown instanceof GatewayError || (thrown instanceof Error && thrown.name === 'TemplateError')) {
      return undefined;
    }
    throw thrown;
  }
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The data without the files in it, which may have megabytes: what a page shows is their names and sizes. */
function withoutContents(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { attachments } = data;
  if (!Array.isArray(attachments)) return { ...data };
  return {
    ...data,
    attachments: attachments.map((entry: unknown) => {
      const { content_base64: base64, ...rest } = toRecord(entry);
      return typeof base64 === 'string' ? { ...rest, bytes: base64Bytes(base64) } : rest;
    }),
  };
}
