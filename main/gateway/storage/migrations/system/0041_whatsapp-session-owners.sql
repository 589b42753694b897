-- Up Migration

-- Which gateway runs a tenant's WhatsApp session. It counts as long as that gateway lives, which its advisory lock
-- says (storage/server-watch.ts); instance 0 is a gateway that has stopped. `home` names the folder with the login.
create table whatsapp_session_owners (
  customer_id varchar(50) primary key references tenants (customer_id) on delete cascade on update cascade,
  instance integer not null,
  home text not null,
  host text not null,
  since timestamptz not null default now()
);

-- Down Migration

drop table whatsapp_session_owners;
