import { GatewayError } from '../errors';
import type { Database, Queryable } from './database';

export interface TenantEventTypeRow {
  event_type: string;
  definition: unknown;
}

export interface TemplateRow {
  event_type: string;
  audience: string;
  channel: 'email' | 'whatsapp';
  subject: string | null;
  body_text: string;
  body_html: string | null;
}

/** What tells a row from what it was before a change. */
interface RowVersion {
  readonly name: string;
  readonly version: string;
}

/** All that a tenant may store: each is checked when it changes, and kept in memory. */
const catalogueLimits = { eventTypes: 200, templates: 1_000, bytes: 10 * 1024 * 1024 };

/** A tenant's own event types and templates, as data. */
export interface CatalogueStore {
  /** Without what they hold; at most as many as a tenant may have. */
  listEventTypeVersions(): Promise<RowVersion[]>;
  /** Those of `names`, as many as fit into the bytes that a tenant may store. */
  findEventTypes(names: readonly string[]): Promise<TenantEventTypeRow[]>;
  /** Changes with every change to any of them. */
  versionOfTemplates(): Promise<string>;
  /** @throws GatewayError `catalogue_full` (422) */
  saveEventType(row: TenantEventTypeRow): Promise<void>;
  removeEventType(eventType: string): Promise<boolean>;
  listTemplates(): Promise<TemplateRow[]>;
  /** @throws GatewayError `catalogue_full` (422) */
  saveTemplate(row: TemplateRow): Promise<void>;
  removeTemplate(key: Pick<TemplateRow, 'event_type' | 'audience' | 'channel'>): Promise<boolean>;
}

const sizeOfTemplates = `octet_length(body_text) + coalesce(octet_length(body_html), 0) + coalesce(octet_length(subject), 0)`;

export function createCatalogueStore(database: Database): CatalogueStore {
  /** One saves at a time: two that fit could be too much together. */
  const saveInTurn = (work: (tx: Queryable) => Promise<void>): Promise<void> =>
    database.transaction(async (tx) => {
      await tx.query({
        name: 'catalogue.lock',
        text: `select pg_advisory_xact_lock(hashtextextended('modular_gateway catalogue', 0))`,
      });
      await work(tx);
      await refuseTooMuch(tx);
    });

  return {
    listEventTypeVersions: () =>
      database.query<RowVersion>({
        name: 'event-types.versions',
        // Each change makes a new version of the row, in another place.
        text: `select event_type as name, xmin::text || ' ' || ctid::text as version
          from tenant_event_types order by event_type limit $1`,
        values: [catalogueLimits.eventTypes],
      }),
    findEventTypes: (names) =>
      database.query<TenantEventTypeRow>({
        name: 'event-types.find',
        text: `select event_type, definition from (
            select event_type, definition, sum(octet_length(definition::text)) over (order by event_type) as bytes
            from tenant_event_types where event_type = any($1::text[])
          ) sized where bytes <= $2 order by event_type`,
        values: [names, catalogueLimits.bytes],
      }),
    async versionOfTemplates() {
      const rows = await database.query<{ version: string }>({
        name: 'templates.version',
        text: `select count(*) || ' ' || coalesce(md5(string_agg(xmin::text || ' ' || ctid::text, ',' order by ctid)), '')
          as version from tenant_templates`,
      });
      return rows[0]?.version ?? '';
    },
    saveEventType: (row) =>
      saveInTurn(async (tx) => {
        await tx.query({
          name: 'event-types.save',
          text: `insert into tenant_event_types (event_type, definition) values ($1, $2)
          on conflict (event_type) do update set definition = excluded.definition, updated_at = now()`,
          values: [row.event_type, JSON.stringify(row.definition)],
        });
      }),
    async removeEventType(eventType) {
      const rows = await database.query({
        name: 'event-types.remove',
        text: 'delete from tenant_event_types where event_type = $1 returning event_type',
        values: [eventType],
      });
      return rows.length > 0;
    },
    listTemplates: () =>
      database.query<TemplateRow>({
        name: 'templates.list',
        text: `select event_type, audience, channel, subject, body_text, body_html from (
            select *, sum(${sizeOfTemplates}) over (order by event_type, audience, channel) as bytes
            from tenant_templates
          ) sized where bytes <= $1 order by event_type, audience, channel limit $2`,
        values: [catalogueLimits.bytes, catalogueLimits.templates],
      }),
    saveTemplate: (row) =>
      saveInTurn(async (tx) => {
        await tx.query({
          name: 'templates.save',
          text: `insert into tenant_templates (event_type, audience, channel, subject, body_text, body_html)
          values ($1, $2, $3, $4, $5, $6)
          on conflict (event_type, audience, channel) do update set subject = excluded.subject,
            body_text = excluded.body_text, body_html = excluded.body_html, updated_at = now()`,
          values: [row.event_type, row.audience, row.channel, row.subject, row.body_text, row.body_html],
        });
      }),
    async removeTemplate({ event_type, audience, channel }) {
      const rows = await database.query({
        name: 'templates.remove',
        text: `delete from tenant_templates where event_type = $1 and audience = $2 and channel = $3
          returning event_type`,
        values: [event_type, audience, channel],
      });
      return rows.length > 0;
    },
  };
}

/** @throws GatewayError, which undoes what was saved */
async function refuseTooMuch(tx: Queryable): Promise<void> {
  const rows = await tx.query<{ types: number; templates: number; bytes: number }>({
    name: 'catalogue.size',
    text: `select types, templates, (type_bytes + template_bytes)::float8 as bytes
      from (select count(*)::integer as types, coalesce(sum(octet_length(definition::text)), 0) as type_bytes
        from tenant_event_types) t,
      (select count(*)::integer as templates, coalesce(sum(${sizeOfTemplates}), 0) as template_bytes
        from tenant_templates) o`,
  });
  const [size] = rows;
  const isFull =
    size !== undefined &&
    (size.types > catalogueLimits.eventTypes ||
      size.templates > catalogueLimits.templates ||
      size.bytes > catalogueLimits.bytes);
  if (!isFull) return;
  throw new GatewayError(
    'catalogue_full',
    `A customer may have ${catalogueLimits.eventTypes} event types, ${catalogueLimits.templates} templates and ` +
      `${catalogueLimits.bytes / 1024 / 1024} MB of both together. Remove some first.`,
    422,
    [{ path: 'body', message: 'is too much, together with what is there' }],
  );
}
