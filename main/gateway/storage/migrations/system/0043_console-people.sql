-- Up Migration

-- Who else may use the console of a headless gateway, by a name and a password of their own. Whoever has the console's
-- password (gateway_settings) is the first operator, and has no row here: nothing done to this table locks them out.
create table console_people (
  id serial primary key,
  name varchar(80) not null,
  -- the name as the gateway compares it: one person, however it is typed
  name_key text not null unique,
  role varchar(20) not null check (role in ('reader', 'staff', 'operator')),
  -- scrypt; null: the invitation has not been accepted yet
  password_hash text,
  disabled boolean not null default false,
  created_at timestamptz not null default now(),
  last_signed_in_at timestamptz
);

-- Links to choose a password by, once; one for each person. Hashes only.
create table console_invitations (
  token_hash char(64) primary key,
  person_id integer not null unique references console_people (id) on delete cascade,
  expires_at timestamptz not null
);

-- Null: signed in by the console's own password, or by a link of the command line. Sessions go with their person, and
-- the trigger of 0003 ends their pages in every gateway.
alter table console_sessions add column person_id integer references console_people (id) on delete cascade;
create index console_sessions_person on console_sessions (person_id) where person_id is not null;

-- Down Migration

alter table console_sessions drop column person_id;
drop table console_invitations;
drop table console_people;
