-- Takes a model out of the ticks, with the reason; it catches up alone after p_pause.
-- kind: routine
create or replace function ops.detach_model(p_model text, p_reason text, p_pause interval)
returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  update ops.model_states
  set is_live = false,
    failed_at = coalesce(model_states.failed_at, clock_timestamp()),
    retry_at = clock_timestamp() + p_pause
  from ops.models
  where models.model = p_model
    and model_states.model = p_model
    and model_states.version = models.store_version;

  update ops.models set error = p_reason where models.model = p_model;
$$;
