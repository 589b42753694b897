-- Up Migration
-- What the history is searched by. A table of its own, filled behind the sending: an index of words on
-- message_deliveries itself would be paid for by every change of state. It holds nothing that is not elsewhere, and
-- is made again from the other tables where it is empty. No extension is needed: tenants' own servers may have none.
create table if not exists message_search (
  delivery_id integer primary key,
  -- the delivery's place in the history (see 0110)
  at timestamptz not null,
  -- how much was known: 0 it had not left, 1 it had failed, 2 it had left with its text
  seen smallint not null,
  words tsvector not null
);
create index if not exists message_search_words on message_search using gin (words)
  with (gin_pending_list_limit = 1024);
create index if not exists message_search_place on message_search (at, delivery_id);
-- What is to be read again when it has left.
create index if not exists message_search_unfinished on message_search (delivery_id) where seen < 2;

-- Down Migration
