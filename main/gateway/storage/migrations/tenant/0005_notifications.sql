-- Up Migration
-- What wakes the gateway at commit. Payloads: events, settings, catalogue.
create or replace function modular_gateway_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('modular_gateway', tg_argv[0]);
  return null;
end $$;

create or replace trigger modular_gateway_event_inserted
  after insert on websocket_events
  for each row when (new.status = 'pending')
  execute function modular_gateway_notify('events');

create or replace trigger modular_gateway_event_types_changed
  after insert or update or delete on tenant_event_types
  for each statement execute function modular_gateway_notify('catalogue');

create or replace trigger modular_gateway_templates_changed
  after insert or update or delete on tenant_templates
  for each statement execute function modular_gateway_notify('catalogue');

do $$
declare
  settings_table regclass := coalesce(to_regclass('settings_email_whatsapp'), to_regclass('settings.email_whatsapp'));
begin
  execute format($sql$
    create or replace trigger modular_gateway_settings_changed
      after insert or update or delete on %s
      for each statement execute function modular_gateway_notify('settings')
  $sql$, settings_table);
end $$;

-- Down Migration
