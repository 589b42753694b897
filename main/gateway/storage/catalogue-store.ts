import type { Database } from './database';

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

/** A tenant's own event types and templates, as data. */
export interface CatalogueStore {
  listEventTypes(): Promise<TenantEventTypeRow[]>;
  saveEventType(row: TenantEventTypeRow): Promise<void>;
  removeEventType(eventType: string): Promise<boolean>;
  listTemplates(): Promise<TemplateRow[]>;
  saveTemplate(row: TemplateRow): Promise<void>;
  removeTemplate(key: Pick<TemplateRow, 'event_type' | 'audience' | 'channel'>): Promise<boolean>;
}

export function createCatalogueStore(database: Database): CatalogueStore {
  return {
    listEventTypes: () =>
      database.query<TenantEventTypeRow>({
        name: 'event-types.list',
        text: 'select event_type, definition from tenant_event_types order by event_type',
      }),
    async saveEventType(row) {
      await database.query({
        name: 'event-types.save',
        text: `insert into tenant_event_types (event_type, definition) values ($1, $2)
          on conflict (event_type) do update set definition = excluded.definition, updated_at = now()`,
        values: [row.event_type, JSON.stringify(row.definition)],
      });
    },
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
        text: `select event_type, audience, channel, subject, body_text, body_html from tenant_templates
          order by event_type, audience, channel`,
      }),
    async saveTemplate(row) {
      await database.query({
        name: 'templates.save',
        text: `insert into tenant_templates (event_type, audience, channel, subject, body_text, body_html)
          values ($1, $2, $3, $4, $5, $6)
          on conflict (event_type, audience, channel) do update set subject = excluded.subject,
            body_text = excluded.body_text, body_html = excluded.body_html, updated_at = now()`,
        values: [row.event_type, row.audience, row.channel, row.subject, row.body_text, row.body_html],
      });
    },
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
