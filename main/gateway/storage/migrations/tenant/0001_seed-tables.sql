-- Up Migration
-- The seed's tables, to the letter, where they are not there yet. The search path decides the schema:
-- storage/tenant-schema.ts has found out where an adopted database keeps them, and the name of its
-- settings table, which stands in modular_gateway.settings_table while migrations run.
-- `create schema if not exists` would ask for rights on the database even where the schema is there.
do $$
declare
  settings_table text := current_setting('modular_gateway.settings_table');
begin
  if to_regnamespace('settings') is null then
    create schema settings;
  end if;
  if to_regclass(settings_table) is null then
    execute format($sql$create table %s (
      id serial primary key,
      customer_id varchar(50) not null,
      email_enabled boolean default true,
      use_customer_smtp boolean default false,
      smtp_host varchar(255),
      smtp_port integer default 587,
      smtp_username varchar(255),
      smtp_password varchar(255),
      whatsapp_enabled boolean default true,
      use_customer_whatsapp boolean default false,
      whatsapp_api_key varchar(255),
      webhook_enabled boolean default false,
      webhook_url varchar(500),
      created_at timestamp default now()
    )$sql$, settings_table);
  end if;
  if to_regclass('websocket_events') is null then
    create table websocket_events (
      id serial primary key,
      customer_id varchar(50) not null,
      event_type varchar(100) not null,
      event_data jsonb not null,
      status varchar(20) default 'pending',
      created_at timestamp default now()
    );
  end if;
  if to_regclass('message_deliveries') is null then
    create table message_deliveries (
      id serial primary key,
      event_id integer references websocket_events (id),
      customer_id varchar(50) not null,
      channel varchar(20) not null,
      recipient varchar(255) not null,
      message_content text,
      status varchar(20) default 'pending',
      sent_at timestamp,
      retry_count integer default 0
    );
  end if;
  if to_regclass('settings.whatsapp_sessions') is null then
    create table settings.whatsapp_sessions (
      id serial primary key,
      customer_id varchar(50) not null,
      status varchar(50) not null,
      qr_code text,
      error_message text,
      last_updated timestamp default now(),
      unique (customer_id)
    );
  end if;
end $$;

-- Down Migration
-- Nothing: the tables may hold a customer's history.
