-- Up Migration

-- What was written stays as it was, whoever asks. A restore brings back the log that the backup holds, and says
-- so for its one transaction: set_config('modular_gateway.restoring', 'on', true).
create function audit_log_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('modular_gateway.restoring', true) = 'on' then
    return old;
  end if;
  raise exception 'audit_log is append-only: % is refused', lower(tg_op)
    using errcode = 'insufficient_privilege';
end $$;

create trigger audit_log_keep_rows before update or delete on audit_log
  for each row execute function audit_log_keep();
create trigger audit_log_keep_all before truncate on audit_log
  for each statement execute function audit_log_keep();

create index audit_log_of_customer on audit_log (customer_id, id desc);

-- Down Migration
