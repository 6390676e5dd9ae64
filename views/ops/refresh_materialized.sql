-- Refreshes a materialized model without locking out its readers, and records up to when it is right.
-- What lies below is looked at before the refresh: the model holds at least that.
-- kind: routine
create or replace function ops.refresh_materialized(p_schema text, p_object text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_below record;
begin
  select below.newest_event_at, below.is_level
  into v_below
  from ops.models
  cross join lateral ops.data_below(models.depends_on) as below
  where models.schema_name = p_schema and models.object_name = p_object;
  execute format('refresh materialized view concurrently %I.%I', p_schema, p_object);
  update ops.models
  set populated_at = clock_timestamp(), newest_event_at = v_below.newest_event_at, was_level = v_below.is_level
  where models.schema_name = p_schema and models.object_name = p_object;
end
$$;
