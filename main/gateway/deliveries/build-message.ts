import { attachmentSchema, type Attachment } from '../../contracts/event-types';
import { readMailCopies } from '../../contracts/mail-copies';
import type { ChannelName } from '../../contracts/statuses';
import type { Channel, OutgoingMessage } from '../channels/channel';
import { GatewayError } from '../errors';
import type { ClaimedDelivery } from '../storage/delivery-rows';
import type { DeliveryEngineParts, DeliveryTenant, MessageTemplates } from './delivery-tenant';
import { stableMessageId } from './message-identity';

/**
 * Builds what the channel gets.
 * @param channel absent: for a preview
 * @throws GatewayError when a template is missing or does not fit; ChannelError where the channel cannot send at all
 */
export async function buildMessage(
  parts: Pick<DeliveryEngineParts, 'render'>,
  tenant: DeliveryTenant,
  delivery: ClaimedDelivery,
  channel?: Pick<Channel, 'messageDomain'>,
): Promise<OutgoingMessage> {
  const eventData = delivery.event_data ?? (await loadEventData(tenant, delivery));
  const base = {
    deliveryId: delivery.id,
    eventId: delivery.event_id,
    eventType: delivery.event_type ?? 'message',
    eventTime: delivery.event_created_at ?? delivery.created_at ?? new Date(),
    recipient: delivery.recipient,
    attempt: delivery.retry_count + 1,
    messageId: stableMessageId(delivery, tenant.customerId, channel?.messageDomain?.(tenant)),
    eventData,
    ...(delivery.channel === 'email' ? { copies: readMailCopies(eventData) } : {}),
    attachments: takesData(delivery) ? [] : readAttachments(eventData),
  };
  if (takesData(delivery)) return base;
  const direct = readDirectMessage(delivery.direct_message, await loadDirectContent(tenant, delivery));
  if (direct) {
    return {
      ...base,
      ...(delivery.channel === 'email'
        ? { email: { subject: direct.subject ?? base.eventType, text: direct.text, html: direct.html } }
        : { whatsapp: { text: direct.text } }),
      attachments: [...base.attachments, ...direct.attachments],
    };
  }

  const templates = tenant.templatesFor(base.eventType, delivery.audience ?? '');
  const rendered = templates && renderMessage(parts, tenant, delivery.channel, templates, eventData);
  if (rendered) return { ...base, ...rendered };
  throw new GatewayError(
    'template_missing',
    `There is no ${delivery.channel} template for ${base.eventType} (${delivery.audience ?? 'no audience'}).`,
  );
}

/** Emails and WhatsApp messages are rendered; a webhook, or a channel like it, takes the event's data. */
function takesData({ channel }: ClaimedDelivery): boolean {
  return channel !== 'email' && channel !== 'whatsapp';
}

function renderMessage(
  parts: Pick<DeliveryEngineParts, 'render'>,
  tenant: DeliveryTenant,
  channel: ChannelName,
  templates: MessageTemplates,
  data: Readonly<Record<string, unknown>>,
): Pick<OutgoingMessage, 'email' | 'whatsapp'> | undefined {
  const { settings } = tenant;
  const context = { data, eventType: templates.eventType, tenant, settings, now: new Date() };
  if (channel === 'email' && templates.email) {
    return { email: parts.render(tenant.customerId).renderEmail(templates.email, context) };
  }
  if (channel === 'whatsapp' && templates.whatsapp) {
    return { whatsapp: parts.render(tenant.customerId).renderWhatsApp(templates.whatsapp, context) };
  }
  return undefined;
}

/** In base64. Where its sender still waits, it is in memory; otherwise it is read back. */
async function loadDirectContent(
  tenant: DeliveryTenant,
  delivery: ClaimedDelivery,
): Promise<string | undefined> {
  if (delivery.direct_content_bytes === null) return undefined;
  const awaited = tenant.awaitedContents.get(delivery.id);
  return awaited ?? (await tenant.deliveries.loadDirectContent(delivery.id))?.toString('base64');
}

async function loadEventData(
  tenant: DeliveryTenant,
  delivery: ClaimedDelivery,
): Promise<Record<string, unknown>> {
  // A webhook that no event made carries its data itself.
  if (delivery.event_id === null) return takesData(delivery) ? readRecord(delivery.direct_message) : {};
  return tenant.deliveries.loadEventData(delivery.event_id);
}

function readRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function readAttachments(eventData: Readonly<Record<string, unknown>>): Attachment[] {
  const value = eventData['attachments'];
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const parsed = attachmentSchema.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });
}

interface DirectMessage {
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments: Attachment[];
}

/** A message that no event made: a document sent by hand, a test message. */
function readDirectMessage(value: unknown, content: string | undefined): DirectMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Record<string, unknown>;
  const text = (name: string) => (typeof record[name] === 'string' ? record[name] : undefined);
  return {
    subject: text('subject'),
    text: text('text') ?? '',
    html: text('html'),
    attachments: readAttachments(content === undefined ? record : withContent(record, content)),
  };
}

/** Puts the file back where it came from. */
function withContent(record: Record<string, unknown>, content: string): Record<string, unknown> {
  const [file] = Array.isArray(record['attachments']) ? (record['attachments'] as unknown[]) : [];
  return { ...record, attachments: [{ ...readRecord(file), content_base64: content }] };
}
