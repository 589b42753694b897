import { latestWins } from '../concurrency/latest-wins';
import type { MessageTemplates } from '../deliveries/delivery-tenant';
import type { Logger } from '../observability/logger';
import type { CatalogueStore, TemplateRow, TenantEventTypeRow } from '../storage/catalogue-store';
import { buildDataSchema } from './catalogue/build-data-schema';
import { builtInEventTypes } from './catalogue/catalogue';
import { checkEventType } from './catalogue/check-event-type';
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
  let checked: ReadonlyMap<string, CheckedType> = new Map();
  let templatesVersion = '';

  /** Read again every few seconds: only what changed is fetched, and checked, which renders every template. */
  async function readChanges(): Promise<Changes> {
    const known = checked;
    const versions = await store.listEventTypeVersions();
    const stale = versions.filter(({ name, version }) => known.get(name)?.version !== version);
    const rows = stale.length === 0 ? [] : await store.findEventTypes(stale.map(({ name }) => name));
    const fresh = new Map<string, KnownEventType | undefined>();
    for (const row of rows) {
      fresh.set(row.event_type, readEventType(row, customerId, logger));
      // The others have their turn between two of them.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const version = await store.versionOfTemplates();
    return {
      types: new Map(
        versions.map((entry) => {
          const before = known.get(entry.name);
          const isSame = before?.version === entry.version;
          return [entry.name, isSame ? before : { version: entry.version, type: fresh.get(entry.name) }];
        }),
      ),
      templatesVersion: version,
      templates: version === templatesVersion ? undefined : await store.listTemplates(),
    };
  }

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
    reload: latestWins(readChanges, (found) => {
      const merged = new Map(builtIn);
      for (const [name, { type }] of found.types) if (type) merged.set(name, type);
      checked = found.types;
      eventTypes = merged;
      if (!found.templates) return;
      templatesVersion = found.templatesVersion;
      overrides = new Map(
        found.templates.map((row) => [overrideKey(row.event_type, row.audience, row.channel), row]),
      );
    }),
  };
}

/** An event type as it was read; `type` undefined: it makes no sense, and the log says why. */
interface CheckedType {
  readonly version: string;
  readonly type: KnownEventType | undefined;
}

interface Changes {
  readonly types: ReadonlyMap<string, CheckedType>;
  readonly templatesVersion: string;
  /** undefined: none changed */
  readonly templates: readonly TemplateRow[] | undefined;
}

/**
 * Definitions are checked when they are saved; one that came by SQL and makes no sense is left out, and the log
 * says why.
 */
function readEventType(
  row: TenantEventTypeRow,
  customerId: string,
  logger: Logger,
): KnownEventType | undefined {
  const checked = checkEventType(row.definition);
  if (checked.ok) return { definition: checked.eventType, schema: buildDataSchema(checked.eventType) };
  logger.warn('event_type.unusable', 'event type cannot be used', {
    customer_id: customerId,
    event_type: row.event_type,
    error: checked.problems.map((problem) => `${problem.path} ${problem.message}`).join('; '),
  });
  return undefined;
}

function overrideKey(eventType: string, audience: string, channel: string): string {
  return `${eventType}\n${audience}\n${channel}`;
}
