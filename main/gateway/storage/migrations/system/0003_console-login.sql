-- Up Migration

-- Who is signed in to the console of a headless gateway: hashes only, so that reading the table lets nobody in.
create table console_sessions (
  id_hash char(64) primary key,
  method varchar(20) not null,
  address varchar(100) not null,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);

-- Links that sign in once.
create table console_links (
  token_hash char(64) primary key,
  expires_at timestamptz not null
);

-- A session that is over, for whatever reason, ends its sockets in every gateway that has some.
create trigger console_sessions_ended after delete on console_sessions
  for each statement execute function modular_gateway_notify('console sessions');

-- Down Migration
