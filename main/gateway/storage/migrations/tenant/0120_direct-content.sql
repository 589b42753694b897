-- Up Migration
-- The file of a message that no event made (send-document). As bytes it is stored in less than a third of the time
-- that base64 in direct_message takes; PDFs and pictures are compressed already, so PostgreSQL need not try.
alter table message_deliveries add column if not exists direct_content bytea;
alter table message_deliveries alter column direct_content set storage external;

-- Down Migration
