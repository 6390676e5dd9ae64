-- Refreshes a materialized model without locking out its readers, and records up to when it is right.
-- The newest event is read before the refresh: the model holds at least that.
-- kind: routine
create or replace function ops.refresh_materialized(p_schema text, p_object text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_newest_event_at timestamptz := (
    select max(model_sources.newest_event_at)
    from ops.model_sources
    where model_sources.model = p_schema || '.' || p_object
  );
begin
  execute format('refresh materialized view concurrently %I.%I', p_schema, p_object);
  update ops.models
  set populated_at = clock_timestamp(), newest_event_at = v_newest_event_at
  where models.schema_name = p_schema and models.object_name = p_object;
end
$$;
