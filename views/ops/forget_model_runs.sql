-- Deletes what runs of models cost more than a week ago.
-- kind: routine
create or replace function ops.forget_model_runs()
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  delete from ops.model_runs where minute_at < ops.now() - interval '7 days'
$$;
