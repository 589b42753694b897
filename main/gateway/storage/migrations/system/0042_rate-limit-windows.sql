-- Up Migration

-- What gateways that share this database have reserved of limits that hold for all of them together. Unlogged: it is
-- worth a minute or an hour, and nobody waits for the disk because of it.
create unlogged table rate_limit_windows (
  -- a hash: addresses and users stay unreadable
  key char(43) primary key,
  ends_at timestamptz not null,
  taken bigint not null,
  -- what the last reservation got, for its `returning`
  granted bigint not null
);

-- Down Migration
