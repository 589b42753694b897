-- Up Migration
-- Event types that the tenant defines: contracts/event-types.ts describes `definition`.
create table if not exists tenant_event_types (
  event_type varchar(100) primary key,
  definition jsonb not null,
  updated_at timestamptz not null default now()
);

-- Templates that replace the default ones of an event type.
create table if not exists tenant_templates (
  event_type varchar(100) not null,
  audience varchar(50) not null,
  channel varchar(20) not null,
  subject text,
  body_text text not null,
  body_html text,
  updated_at timestamptz not null default now(),
  primary key (event_type, audience, channel)
);

-- Down Migration
