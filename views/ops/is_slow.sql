-- Whether a model was taken out of ticks after more than a second of work, in the last two hours.
-- kind: routine
create or replace function ops.is_slow(p_model text)
returns boolean
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from ops.models
    join ops.model_states as states
      on states.model = models.model
      and states.version = models.store_version
    where models.model = p_model
      and states.slow_failed_at > clock_timestamp() - interval '2 hours'
  )
$$;
