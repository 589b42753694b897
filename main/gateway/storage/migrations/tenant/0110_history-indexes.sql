-- Up Migration
-- What the console's history and overview are read by. Newest first means by this expression: rows of before the
-- gateway have no created_at and are the oldest.
-- A delivery that waits changes its state several times: it is in one small index. One that is done enters the
-- others, once in its life as a rule, so that sending pays for them as little as possible.
create index if not exists message_deliveries_open
  on message_deliveries (coalesce(created_at, timestamptz '1970-01-01 00:00:00+00'), id)
  where status in ('pending', 'sending', 'held', 'unknown');

-- Carries what is searched for, so that a text which nothing holds is looked for without reading the table.
create index if not exists message_deliveries_done
  on message_deliveries (coalesce(created_at, timestamptz '1970-01-01 00:00:00+00'), id)
  include (created_at, customer_id, channel, status, event_type, recipient, message_id)
  where status in ('sent', 'delivered', 'read', 'failed');

-- The same moment in other words (greatest passes over null), on purpose: a query that sorts by these words cannot
-- be given the index above, which the planner likes too well. It takes conditions for independent, and would read a
-- million emails for the one that was "delivered".
create index if not exists message_deliveries_done_channel
  on message_deliveries (channel, status, greatest(created_at, timestamptz '1970-01-01 00:00:00+00'), id)
  where status in ('sent', 'delivered', 'read', 'failed');
create index if not exists message_deliveries_done_type
  on message_deliveries (event_type, status, greatest(created_at, timestamptz '1970-01-01 00:00:00+00'), id)
  where status in ('sent', 'delivered', 'read', 'failed');
create index if not exists message_deliveries_done_recipient
  on message_deliveries (lower(recipient) text_pattern_ops,
    greatest(created_at, timestamptz '1970-01-01 00:00:00+00'), id)
  where status in ('sent', 'delivered', 'read', 'failed');

-- The overview's last 24 hours.
create index if not exists message_deliveries_sent_at
  on message_deliveries (sent_at) include (channel, customer_id)
  where status in ('sent', 'delivered', 'read');
create index if not exists message_deliveries_failed_at
  on message_deliveries (updated_at) where status = 'failed';

-- Down Migration
