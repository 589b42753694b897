import { cleanEmailAddress } from '../../contracts/email-address';
import type { EventType } from '../../contracts/event-types';
import type { ChannelName } from '../../contracts/statuses';
import { withoutLogin, type TenantSettings } from '../../contracts/tenant-settings';

/** One message to be made of an event. */
export interface PlannedDelivery {
  readonly channel: ChannelName;
  readonly recipient: string;
  /** the audience of the event type; `endpoint` for the webhook */
  readonly audience: string;
  /** the field of the data that the recipient is in; null for the webhook */
  readonly field: string | null;
  /** the email that the audience gets if WhatsApp cannot take the message at all */
  readonly insteadByEmail?: PlannedDelivery;
}

/** `message_deliveries.recipient` is varchar(255) by contract, a webhook address may have 500. */
const longestRecipient = 255;

/**
 * Who hears of an event, and how. Pure: the same event and settings give the same plan.
 * An audience gets an email when its address is there and email is on, and likewise for WhatsApp.
 */
export function planDeliveries(
  eventType: EventType,
  data: Readonly<Record<string, unknown>>,
  settings: Pick<
    TenantSettings,
    'email_enabled' | 'whatsapp_enabled' | 'webhook_enabled' | 'webhook_url' | 'whatsapp_email_fallback'
  >,
): PlannedDelivery[] {
  const planned: PlannedDelivery[] = [];
  for (const audience of eventType.audiences) {
    const email =
      settings.email_enabled && audience.templates.email ? addressIn(data, audience.email_field) : undefined;
    const phone =
      settings.whatsapp_enabled && audience.templates.whatsapp
        ? addressIn(data, audience.phone_field)
        : undefined;
    // With the fallback on, the email leaves only if WhatsApp cannot take the message.
    const emailWaitsForWhatsApp = phone !== undefined && usesEmailFallback(eventType, settings);
    const byEmail: PlannedDelivery | undefined =
      email === undefined
        ? undefined
        : {
            channel: 'email',
            recipient: cleanEmailAddress(email),
            audience: audience.name,
            field: audience.email_field ?? null,
          };
    if (byEmail && !emailWaitsForWhatsApp) planned.push(byEmail);
    if (phone !== undefined) {
      planned.push({
        channel: 'whatsapp',
        recipient: phone,
        audience: audience.name,
        field: audience.phone_field ?? null,
        ...(byEmail && emailWaitsForWhatsApp ? { insteadByEmail: byEmail } : {}),
      });
    }
  }
  const webhook = webhookRecipient(settings);
  if (webhook !== undefined)
    planned.push({ channel: 'webhook', recipient: webhook, audience: 'endpoint', field: null });
  return planned;
}

/** What a webhook's delivery names as its recipient; undefined when the tenant's webhook is off. */
export function webhookRecipient(
  settings: Pick<TenantSettings, 'webhook_enabled' | 'webhook_url'>,
): string | undefined {
  if (!settings.webhook_enabled || settings.webhook_url === null) return undefined;
  return shortenAddress(withoutLogin(settings.webhook_url));
}

/** Does this event type send its email only when WhatsApp cannot take the message? */
export function usesEmailFallback(
  eventType: Pick<EventType, 'fallback'>,
  settings: Pick<TenantSettings, 'whatsapp_email_fallback'>,
): boolean {
  return eventType.fallback === 'email' || settings.whatsapp_email_fallback;
}

/**
 * The address of an audience in an event's data; PHP sends an empty text for "none", or false. What is no text and no
 * number is shown as JSON: its delivery says that it is no address.
 */
export function addressIn(
  data: Readonly<Record<string, unknown>>,
  field: string | undefined,
): string | undefined {
  const value = field === undefined || !Object.hasOwn(data, field) ? undefined : data[field];
  if (value === undefined || value === null || value === false) return undefined;
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).trim();
  return text === '' ? undefined : shortenAddress(text);
}

function shortenAddress(address: string): string {
  if (address.length <= longestRecipient) return address;
  return `${address.slice(0, longestRecipient - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
