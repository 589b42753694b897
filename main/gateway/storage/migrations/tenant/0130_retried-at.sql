-- Up Migration
alter table message_deliveries
  -- when it was last to be sent again by hand: not again within some seconds of that
  add column if not exists retried_at timestamptz;

-- Down Migration
