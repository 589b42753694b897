-- Up Migration

-- The WhatsApp session of the office number: as settings.whatsapp_sessions has those of tenants. It belongs to no
-- tenant, and only the operator sees it.
create table whatsapp_office_session (
  customer_id varchar(50) primary key check (customer_id = '@office'),
  status varchar(50) not null,
  qr_code text,
  error_message text,
  last_updated timestamp,
  phone varchar(30),
  browser varchar(20),
  paired_at timestamptz,
  -- kept when it is logged out; null: there is no office number
  first_paired_at timestamptz,
  last_used_at timestamptz,
  new_contacts_locked_until timestamptz
);

-- Which gateway runs it, as whatsapp_session_owners says of tenants.
create table whatsapp_office_owner (
  customer_id varchar(50) primary key check (customer_id = '@office'),
  instance integer not null,
  home text not null,
  host text not null,
  since timestamptz not null default now()
);

-- Which tenant wrote to whom by the office number: new contacts are counted by it, and replies find their tenant.
create table whatsapp_office_contacts (
  chat_id varchar(100) not null,
  customer_id varchar(50) not null references tenants (customer_id) on delete cascade on update cascade,
  phone varchar(30) not null,
  first_sent_at timestamptz not null,
  last_sent_at timestamptz not null,
  primary key (chat_id, customer_id)
);
create index whatsapp_office_contacts_phone on whatsapp_office_contacts (phone);
create index whatsapp_office_contacts_first_sent on whatsapp_office_contacts (first_sent_at);

-- What came, and whose it is: a repeat after a reconnect goes to nobody else. Null: no tenant wrote to that contact, and
-- the text is the operator's alone. A tenant's texts are in its own database, and not here.
create table whatsapp_office_inbound (
  message_id varchar(255) primary key,
  customer_id varchar(50) references tenants (customer_id) on delete cascade on update cascade,
  chat_id varchar(100) not null,
  sender varchar(100) not null,
  kind varchar(30) not null,
  body text not null,
  received_at timestamptz not null
);
create index whatsapp_office_inbound_received on whatsapp_office_inbound (received_at desc);

-- Down Migration

drop table whatsapp_office_inbound;
drop table whatsapp_office_contacts;
drop table whatsapp_office_owner;
drop table whatsapp_office_session;
