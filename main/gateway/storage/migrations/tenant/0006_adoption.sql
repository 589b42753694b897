-- Up Migration
create table if not exists modular_gateway_state (
  name varchar(100) primary key,
  value jsonb not null
);

-- The server that the gateway replaces stored events and never sent them. What had waited for more than a day
-- when the database was adopted is left as it is: last year's invoices must not go out tonight.
insert into modular_gateway_state (name, value)
select 'left_pending_up_to_id', to_jsonb(coalesce(max(id), 0))
from websocket_events
where status = 'pending' and created_at < (now() at time zone 'utc') - interval '1 day'
on conflict (name) do nothing;

-- Down Migration
