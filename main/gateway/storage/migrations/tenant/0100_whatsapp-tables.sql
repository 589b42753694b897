-- Up Migration
alter table settings.whatsapp_sessions
  add column if not exists phone varchar(30),
  -- own: the gateway's browser; installed: the Chrome or Edge it was paired in, on a profile of its own
  add column if not exists browser varchar(20),
  -- null: nobody has scanned a code, or the phone has removed the device since
  add column if not exists paired_at timestamptz,
  add column if not exists last_used_at timestamptz,
  -- WhatsApp's servers take no messages to new contacts before this time (errors 463 and 475)
  add column if not exists new_contacts_locked_until timestamptz;

-- Who was written to before, and the chat that WhatsApp gave for the number.
create table if not exists whatsapp_contacts (
  phone varchar(30) primary key,
  chat_id varchar(100) not null,
  -- null: wrote to us, or was known before, and so does not count as a new contact of any day
  first_sent_at timestamptz,
  created_at timestamptz not null default now()
);
create index if not exists whatsapp_contacts_first_sent on whatsapp_contacts (first_sent_at);

-- Written before a message is handed to WhatsApp: what to look for when nobody can say whether it left.
create table if not exists whatsapp_handovers (
  delivery_id integer not null,
  -- 0 is the text or the first document; further documents follow
  part smallint not null,
  chat_id varchar(100) not null,
  kind varchar(10) not null,
  -- SHA-256 (hex) of the text or caption
  body_hash char(64) not null,
  filename varchar(255),
  -- planned, handed, sent, absent, unknown or failed
  state varchar(10) not null,
  message_id varchar(255),
  ack smallint not null default 0,
  started_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (delivery_id, part)
);
create index if not exists whatsapp_handovers_message on whatsapp_handovers (message_id);
create index if not exists whatsapp_handovers_started on whatsapp_handovers (started_at);

create table if not exists whatsapp_inbound (
  message_id varchar(255) primary key,
  chat_id varchar(100) not null,
  sender varchar(100) not null,
  kind varchar(30) not null,
  body text not null,
  received_at timestamptz not null
);
create index if not exists whatsapp_inbound_received on whatsapp_inbound (received_at desc);

-- Down Migration
