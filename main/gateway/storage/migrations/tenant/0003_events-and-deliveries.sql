-- Up Migration
alter table websocket_events
  add column if not exists idempotency_key varchar(255),
  add column if not exists expires_at timestamptz,
  -- http, socket or row: how the event came in
  add column if not exists source varchar(20),
  add column if not exists error_message text,
  add column if not exists deliveries_total integer,
  add column if not exists deliveries_sent integer,
  add column if not exists deliveries_failed integer,
  add column if not exists updated_at timestamptz;

create unique index if not exists websocket_events_idempotency
  on websocket_events (customer_id, idempotency_key) where idempotency_key is not null;
create index if not exists websocket_events_waiting on websocket_events (id) where status = 'pending';
create index if not exists websocket_events_history on websocket_events (customer_id, id desc);

alter table message_deliveries
  add column if not exists event_type varchar(100),
  -- the group of people of the event type that this message is for: client, manager, …
  add column if not exists audience varchar(50),
  -- null: a row of before the gateway; it is never sent by itself
  add column if not exists next_attempt_at timestamptz,
  add column if not exists queued_at timestamptz,
  add column if not exists expires_at timestamptz,
  add column if not exists claimed_by integer,
  add column if not exists lease_until timestamptz,
  add column if not exists message_id varchar(255),
  add column if not exists message_subject text,
  add column if not exists message_html text,
  add column if not exists error_code varchar(100),
  add column if not exists error_message text,
  add column if not exists held_reason text,
  -- what a message without an event is made of (send-document, test messages)
  add column if not exists direct_message jsonb,
  add column if not exists delivered_at timestamptz,
  add column if not exists read_at timestamptz,
  add column if not exists created_at timestamptz,
  add column if not exists updated_at timestamptz;

-- Only what waits is in these: a million old deliveries cost the hot path nothing.
create index if not exists message_deliveries_due
  on message_deliveries (channel, next_attempt_at, id) where status = 'pending' and next_attempt_at is not null;
create index if not exists message_deliveries_sending on message_deliveries (lease_until) where status = 'sending';
create index if not exists message_deliveries_held on message_deliveries (channel, id) where status in ('held', 'unknown');
create index if not exists message_deliveries_event on message_deliveries (event_id);
create index if not exists message_deliveries_history on message_deliveries (customer_id, id desc);
create index if not exists message_deliveries_failed on message_deliveries (id) where status = 'failed';
create index if not exists message_deliveries_receipts
  on message_deliveries (message_id) where channel = 'whatsapp' and message_id is not null;

create table if not exists delivery_attempts (
  id bigserial primary key,
  delivery_id integer not null,
  attempt integer not null,
  started_at timestamptz not null,
  duration_ms integer not null,
  -- sent, retry, failed, deferred or unknown
  outcome varchar(20) not null,
  error_code varchar(100),
  response text
);
create index if not exists delivery_attempts_delivery on delivery_attempts (delivery_id);

-- Down Migration
