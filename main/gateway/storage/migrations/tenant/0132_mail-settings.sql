-- Up Migration
-- A null in an added column means the default of contracts/tenant-settings.ts.
do $$
begin
  execute format($sql$
    alter table %s
      add column if not exists smtp_reply_to varchar(255),
      add column if not exists smtp_bcc varchar(1000),
      add column if not exists smtp_ehlo_name varchar(255),
      add column if not exists bounce_imap_host varchar(255),
      add column if not exists bounce_imap_port integer,
      add column if not exists bounce_imap_username varchar(255),
      add column if not exists bounce_imap_password varchar(255),
      add column if not exists bounce_imap_secure boolean
  $sql$, current_setting('modular_gateway.settings_table'));
end $$;

-- Down Migration
