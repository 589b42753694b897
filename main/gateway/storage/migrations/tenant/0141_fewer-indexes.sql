-- Up Migration
-- A database is one tenant's: its rows by customer and number are its rows by number, and the primary keys hold those.
-- Every change of state entered both of these anew.
drop index if exists websocket_events_history;
drop index if exists message_deliveries_history;

-- Room on each page for what becomes of its rows: a change that stays on its page is logged as what differs, not as a
-- whole row and a lock besides.
alter table websocket_events set (fillfactor = 80);
alter table message_deliveries set (fillfactor = 70);

-- Down Migration
