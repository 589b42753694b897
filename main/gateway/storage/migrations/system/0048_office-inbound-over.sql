-- Up Migration

-- Those that are forgotten, looked for with each message that comes.
create index whatsapp_office_inbound_over on whatsapp_office_inbound (received_at)
  where customer_id is not null and handed_over;

-- Down Migration

drop index whatsapp_office_inbound_over;
