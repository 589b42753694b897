-- Up Migration
-- What wakes the gateway at commit. Payloads: events, settings, catalogue.
create or replace function modular_gateway_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('modular_gateway', tg_argv[0]);
  return null;
end $$;

drop trigger if exists modular_gateway_event_inserted on websocket_events;
create trigger modular_gateway_event_inserted
  after insert on websocket_events
  for each row when (new.status = 'pending')
  execute function modular_gateway_notify('events');

drop trigger if exists modular_gateway_event_types_changed on tenant_event_types;
create trigger modular_gateway_event_types_changed
  after insert or update or delete on tenant_event_types
  for each statement execute function modular_gateway_notify('catalogue');

drop trigger if exists modular_gateway_templates_changed on tenant_templates;
create trigger modular_gateway_templates_changed
  after insert or update or delete on tenant_templates
  for each statement execute function modular_gateway_notify('catalogue');

do $$
begin
  execute format($sql$
    drop trigger if exists modular_gateway_settings_changed on %1$s;
    create trigger modular_gateway_settings_changed
      after insert or update or delete on %1$s
      for each statement execute function modular_gateway_notify('settings')
  $sql$, current_setting('modular_gateway.settings_table'));
end $$;

-- Down Migration
