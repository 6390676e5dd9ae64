-- Lets a model that is level take part in ticks: nothing is wrong with it any more.
-- kind: routine
create or replace function ops.attach_model(p_model text)
returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  update ops.model_states
  set is_live = true,
    first_level_at = coalesce(model_states.first_level_at, clock_timestamp()),
    failed_at = null,
    retry_at = null
  from ops.models
  where models.model = p_model
    and model_states.model = p_model
    and model_states.version = models.store_version;

  update ops.models set error = null where models.model = p_model and models.error is not null;

  -- of steps of catching up, which it takes no more
  delete from ops.tick_faults where tick_faults.subject = p_model;
$$;
