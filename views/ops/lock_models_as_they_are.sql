-- Keeps apply from changing models until the end of the transaction, and waits while it does, as long as that takes: all
-- groups wait with this one, and apply itself waits for nobody for long.
-- Errors: SL030 in an isolation level other than read committed: what others commit while we wait for a lock
-- must be seen afterwards.
-- kind: routine
create or replace function ops.lock_models_as_they_are()
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set lock_timeout = 0
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'A tick runs in read committed, not in %', current_setting('transaction_isolation')
      using errcode = 'SL030', hint = 'Call it outside of a transaction of your own. Where default_transaction_isolation is set otherwise, sluice doctor says.';
  end if;
  perform pg_advisory_xact_lock_shared(hashtext('sluice ticks'));
end
$$;
