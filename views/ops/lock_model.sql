-- Makes the transaction the only writer of a model's tables. Waits.
-- kind: routine
create or replace function ops.lock_model(p_model text)
returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  select pg_advisory_xact_lock(hashtext('sluice model'), hashtext(p_model))
$$;
