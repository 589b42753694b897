-- Up Migration
create table tenants (
  customer_id varchar(50) primary key,
  name varchar(200) not null,
  -- encrypted (secret-store); null: on the gateway's own server, database_name says which
  database_url text,
  database_name varchar(63),
  database_role varchar(63),
  database_password text,
  paused boolean not null default false,
  created_at timestamptz not null default now()
);

create table api_keys (
  id serial primary key,
  customer_id varchar(50) not null references tenants (customer_id) on delete cascade,
  name varchar(200) not null default '',
  prefix varchar(20) not null,
  key_hash char(64) not null unique,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);

create table gateway_settings (
  name varchar(100) primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

create table audit_log (
  id bigserial primary key,
  at timestamptz not null default now(),
  actor varchar(200) not null,
  action varchar(100) not null,
  customer_id varchar(50),
  detail jsonb not null default '{}'
);

-- A small installation may keep system and tenant in one database: the tenants' migrations make it too.
create or replace function modular_gateway_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('modular_gateway', tg_argv[0]);
  return null;
end $$;

create trigger tenants_changed after insert or update or delete on tenants
  for each statement execute function modular_gateway_notify('tenants');
create trigger api_keys_inserted after insert or delete on api_keys
  for each statement execute function modular_gateway_notify('keys');
create trigger api_keys_revoked after update of revoked_at on api_keys
  for each statement execute function modular_gateway_notify('keys');

-- Down Migration
