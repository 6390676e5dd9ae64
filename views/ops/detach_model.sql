-- Takes a model out of the ticks, with the reason; it catches up alone when it has rested. One that fails at once is
-- tried again each minute. One that worked for p_took before, while its group waited, rests for twice as long each time,
-- up to an hour; a minute again when all went well for two hours.
-- kind: routine
create or replace function ops.detach_model(p_model text, p_reason text, p_took interval)
returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  with fails as (
    select
      states.model,
      states.version,
      p_took > interval '1 second' as is_slow,
      case when states.slow_failed_at > clock_timestamp() - interval '2 hours' then states.slow_failures else 0 end
        as slow_failures
    from ops.models
    join ops.model_states as states
      on states.model = models.model
      and states.version = models.store_version
    where models.model = p_model
  )
  update ops.model_states
  set is_live = false,
    failed_at = coalesce(model_states.failed_at, clock_timestamp()),
    slow_failures = fails.slow_failures + fails.is_slow::int,
    slow_failed_at = case when fails.is_slow then clock_timestamp() else model_states.slow_failed_at end,
    retry_at = clock_timestamp() + case
      when fails.is_slow then least(interval '1 hour', interval '1 minute' * 2 ^ least(fails.slow_failures, 6))
      else interval '1 minute'
    end
  from fails
  where model_states.model = fails.model
    and model_states.version = fails.version;

  update ops.models set error = p_reason where models.model = p_model;
$$;
