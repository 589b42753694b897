import { eventTypeSchema, type EventType } from '../../contracts/event-types';
import type { MessageTemplates } from '../deliveries/delivery-tenant';
import { errorText } from '../errors';
import type { Logger } from '../logger';
import type { CatalogueStore, TemplateRow } from '../storage/catalogue-store';
import { buildDataSchema } from './catalogue/build-data-schema';
import { builtInEventTypes } from './catalogue/catalogue';
import type { KnownEventType } from './event-tenant';

/** The event types that a tenant may send, and the templates in force: the catalogue's and its own. */
export interface TenantCatalogue {
  eventTypes(): ReadonlyMap<string, KnownEventType>;
  templatesFor(eventType: string, audience: string): MessageTemplates | undefined;
  /** Reads the tenant's tables again. @throws what the database says; then the last state stays in force */
  reload(): Promise<void>;
}

/** Built once for all tenants: schemas of the eleven built-in types. */
const builtIn: ReadonlyMap<string, KnownEventType> = new Map(
  [...builtInEventTypes].map(([type, definition]) => [
    type,
    { definition, schema: buildDataSchema(definition) },
  ]),
);

export function createTenantCatalogue(
  store: CatalogueStore,
  customerId: string,
  logger: Logger,
): TenantCatalogue {
  let eventTypes: ReadonlyMap<string, KnownEventType> = builtIn;
  let overrides: ReadonlyMap<string, TemplateRow> = new Map();

  return {
    eventTypes: () => eventTypes,
    templatesFor(eventType, audienceName) {
      const definition = eventTypes.get(eventType)?.definition;
      const audience = definition?.audiences.find((entry) => entry.name === audienceName);
      if (!definition || !audience) return undefined;
      const email = overrides.get(overrideKey(eventType, audienceName, 'email'));
      const whatsapp = overrides.get(overrideKey(eventType, audienceName, 'whatsapp'));
      return {
        eventType: definition,
        emailField: audience.email_field,
        email: email
          ? {
              subject: email.subject ?? definition.title,
              text: email.body_text,
              html: email.body_html ?? undefined,
            }
          : audience.templates.email,
        whatsapp: whatsapp ? { text: whatsapp.body_text } : audience.templates.whatsapp,
      };
    },
    async reload() {
      const [types, templates] = [await store.listEventTypes(), await store.listTemplates()];
      const merged = new Map(builtIn);
      for (const row of types) {
        const known = readEventType(row.definition, customerId, logger);
        if (known) merged.set(row.event_type, known);
      }
      eventTypes = merged;
      overrides = new Map(
        templates.map((row) => [overrideKey(row.event_type, row.audience, row.channel), row]),
      );
    },
  };
}

/** Definitions are checked when they are saved; one that came by SQL and makes no sense is left out. */
function readEventType(definition: unknown, customerId: string, logger: Logger): KnownEventType | undefined {
  try {
    const parsed: EventType = eventTypeSchema.parse(definition);
    return { definition: parsed, schema: buildDataSchema(parsed) };
  } catch (thrown) {
    logger.warn('event type cannot be used', { customer_id: customerId, error: errorText(thrown) });
    return undefined;
  }
}

function overrideKey(eventType: string, audience: string, channel: string): string {
  return `${eventType}\n${audience}\n${channel}`;
}
