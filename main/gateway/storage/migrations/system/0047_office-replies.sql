-- Up Migration

-- A reply that is a tenant's, and not yet in its database: its text stays here until then.
alter table whatsapp_office_inbound
  add column handed_over boolean not null default true,
  -- the order in which they came: WhatsApp's own times have whole seconds
  add column seq bigint generated always as identity;
create index whatsapp_office_inbound_open on whatsapp_office_inbound (customer_id, seq) where not handed_over;
-- For tenants that are removed or renamed.
create index whatsapp_office_inbound_tenant on whatsapp_office_inbound (customer_id) where customer_id is not null;
create index whatsapp_office_contacts_tenant on whatsapp_office_contacts (customer_id);

-- Down Migration

drop index whatsapp_office_contacts_tenant;
drop index whatsapp_office_inbound_tenant;
alter table whatsapp_office_inbound drop column seq, drop column handed_over;
