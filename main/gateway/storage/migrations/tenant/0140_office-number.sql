-- Up Migration
alter table settings.whatsapp_sessions
  -- kept when it is logged out: who has linked a number of its own never sends by the office's
  add column if not exists first_paired_at timestamptz;
-- Where it cannot be told whether there was a number, there was one.
update settings.whatsapp_sessions
   set first_paired_at = coalesce(paired_at, last_used_at, last_updated at time zone 'UTC', now())
 where first_paired_at is null
   and (paired_at is not null or last_used_at is not null or status not in ('not_initialized', 'qr_ready'));

alter table whatsapp_handovers
  -- own or office: the number that it left by; null: own, from before there was another
  add column if not exists number varchar(10);

-- Down Migration
