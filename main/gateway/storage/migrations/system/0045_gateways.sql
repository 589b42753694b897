-- Up Migration

-- Gateways that share this database, for people. Which of them still live, their advisory locks say
-- (storage/server-watch.ts); rows of those that are long gone are deleted at a start.
create table gateways (
  instance integer primary key,
  host text not null,
  version text not null,
  since timestamptz not null default now()
);

-- Down Migration

drop table gateways;
