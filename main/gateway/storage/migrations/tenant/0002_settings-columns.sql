-- Up Migration
-- A null in an added column means the default of contracts/tenant-settings.ts.
do $$
begin
  execute format($sql$
    alter table %s
      add column if not exists smtp_from_email varchar(255),
      add column if not exists smtp_from_name varchar(255),
      add column if not exists smtp_secure boolean,
      add column if not exists webhook_secret varchar(255),
      add column if not exists allow_private_urls boolean,
      add column if not exists locale varchar(35),
      add column if not exists currency varchar(3),
      add column if not exists timezone varchar(64),
      add column if not exists default_country varchar(2),
      add column if not exists rate_limit_per_minute integer,
      add column if not exists rate_limit_per_hour integer,
      add column if not exists rate_limit_user_per_minute integer,
      add column if not exists max_retries integer,
      add column if not exists first_retry_seconds double precision,
      add column if not exists whatsapp_min_gap_ms integer,
      add column if not exists whatsapp_max_gap_ms integer,
      add column if not exists whatsapp_new_contacts_per_day integer,
      add column if not exists whatsapp_quiet_hours varchar(20),
      add column if not exists whatsapp_email_fallback boolean
  $sql$, current_setting('modular_gateway.settings_table'));
end $$;

-- Down Migration
