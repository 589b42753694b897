import { z } from 'zod';
import { emailTemplateSchema, whatsAppTemplateSchema, type EventType } from '../../contracts/event-types';
import type { TenantSettings } from '../../contracts/tenant-settings';
import { GatewayError } from '../errors';
import type { MessagePreview, MessageRenderer } from '../messages/message-renderer';
import type { CatalogueStore } from '../storage/catalogue-store';
import { builtInEventTypes } from './catalogue/catalogue';
import { checkEventType } from './catalogue/check-event-type';
import type { KnownEventType } from './event-tenant';
import type { TenantCatalogue } from './tenant-catalogue';

/** What editing needs of a tenant. */
export interface CatalogueOwner {
  readonly customerId: string;
  readonly name: string;
  readonly settings: Pick<TenantSettings, 'locale' | 'currency' | 'timezone'>;
  readonly eventTypes: ReadonlyMap<string, KnownEventType>;
  readonly catalogue: TenantCatalogue;
  readonly catalogueStore: CatalogueStore;
}

export interface ListedEventType extends EventType {
  /** one of the gateway's eleven */
  readonly built_in: boolean;
}

export const templateKeySchema = z.object({
  event_type: z.string().min(1).max(100),
  audience: z.string().min(1).max(50),
  channel: z.enum(['email', 'whatsapp']),
});
export type TemplateKey = z.output<typeof templateKeySchema>;

export const templateTextsSchema = z.object({
  subject: z.string().optional(),
  text: z.string(),
  html: z.string().optional(),
});
export type TemplateTexts = z.output<typeof templateTextsSchema>;

/** The event types that the tenant may send, with the templates in force. */
export function listEventTypes(owner: CatalogueOwner): ListedEventType[] {
  return [...owner.eventTypes.values()].map(({ definition }) => ({
    ...definition,
    built_in: builtInEventTypes.has(definition.type),
    audiences: definition.audiences.map((audience) => {
      const { email, whatsapp } = owner.catalogue.templatesFor(definition.type, audience.name) ?? {};
      return { ...audience, templates: { email, whatsapp } };
    }),
  }));
}

/** @throws GatewayError `invalid_event_type` (422) with every problem and its path */
export async function saveEventType(
  owner: CatalogueOwner,
  renderer: MessageRenderer,
  definition: unknown,
): Promise<EventType> {
  const checked = checkEventType(definition, { renderer, settings: owner.settings });
  if (!checked.ok) {
    throw new GatewayError(
      'invalid_event_type',
      `The event type was not saved: ${checked.problems.map((problem) => `${problem.path} ${problem.message}`).join('; ')}.`,
      422,
      checked.problems,
    );
  }
  await owner.catalogueStore.saveEventType({
    event_type: checked.eventType.type,
    definition: checked.eventType,
  });
  await owner.catalogue.reload();
  return checked.eventType;
}

/** Events of the type that wait already keep their deliveries, but can no longer be rendered. */
export async function removeEventType(owner: CatalogueOwner, eventType: string): Promise<void> {
  const removed = await owner.catalogueStore.removeEventType(eventType);
  if (!removed) {
    throw new GatewayError(
      'event_type_not_found',
      builtInEventTypes.has(eventType)
        ? `${eventType} is one of the gateway's own event types and stays.`
        : 'There is no such event type of your own.',
      404,
    );
  }
  await owner.catalogue.reload();
}

/**
 * Replaces a template. It is tried before it is stored: one that does not parse or render never gets in.
 * @throws GatewayError `template_invalid` (422), `event_type_not_found` or `audience_not_found` (404)
 */
export async function saveTemplate(
  owner: CatalogueOwner,
  renderer: MessageRenderer,
  key: TemplateKey,
  texts: TemplateTexts,
): Promise<MessagePreview> {
  const preview = previewTemplate(owner, renderer, key, texts);
  if (preview.problems.length > 0) {
    throw new GatewayError(
      'template_invalid',
      `The template was not saved: ${preview.problems
        .map(
          (problem) =>
            `${problem.part}${problem.line === undefined ? '' : ` line ${problem.line}`}: ${problem.message}`,
        )
        .join('; ')}.`,
      422,
      preview.problems,
    );
  }
  await owner.catalogueStore.saveTemplate({
    ...key,
    subject: key.channel === 'email' ? (texts.subject ?? null) : null,
    body_text: texts.text,
    body_html: key.channel === 'email' ? (texts.html ?? null) : null,
  });
  await owner.catalogue.reload();
  return preview;
}

/** Back to the event type's own template. @returns whether there was another */
export async function resetTemplate(owner: CatalogueOwner, key: TemplateKey): Promise<boolean> {
  const removed = await owner.catalogueStore.removeTemplate(key);
  await owner.catalogue.reload();
  return removed;
}

/**
 * Shows what a template makes of an event's data, the type's sample unless some is given.
 * @throws GatewayError `event_type_not_found` or `audience_not_found` (404), `template_invalid` (422) for texts
 * that are missing or too long
 */
export function previewTemplate(
  owner: CatalogueOwner,
  renderer: MessageRenderer,
  key: TemplateKey,
  texts: TemplateTexts | undefined,
  data?: Readonly<Record<string, unknown>>,
): MessagePreview {
  const definition = owner.eventTypes.get(key.event_type)?.definition;
  if (!definition)
    throw new GatewayError('event_type_not_found', `There is no event type ${key.event_type}.`, 404);
  const inForce = owner.catalogue.templatesFor(key.event_type, key.audience);
  if (!inForce) {
    const names = definition.audiences.map((audience) => audience.name).join(', ');
    throw new GatewayError(
      'audience_not_found',
      `${key.event_type} tells ${names}; there is no ${key.audience}.`,
      404,
    );
  }
  const context = {
    data: data ?? definition.sample,
    eventType: definition,
    tenant: owner,
    settings: owner.settings,
    now: new Date(),
  };
  if (key.channel === 'email') {
    const email = texts
      ? readTexts(emailTemplateSchema, { subject: definition.title, ...texts })
      : inForce.email;
    return renderer.preview({ email }, context, definition);
  }
  const whatsapp = texts ? readTexts(whatsAppTemplateSchema, texts) : inForce.whatsapp;
  return renderer.preview({ whatsapp }, context, definition);
}

function readTexts<T extends z.ZodType>(schema: T, texts: TemplateTexts): z.output<T> {
  const parsed = schema.safeParse(texts);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    part: issue.path.join('.'),
    message: issue.message,
  }));
  throw new GatewayError(
    'template_invalid',
    `The template was not saved: ${problems.map((problem) => `${problem.part}: ${problem.message}`).join('; ')}.`,
    422,
    problems,
  );
}
