-- Models that can't take what is stored, that are far behind it, and that nobody ticks: a part of ops.health.
-- kind: view
with behind as materialized (
  select
    freshness.model,
    freshness.slices_behind,
    freshness.seconds_behind,
    ops.now() - freshness.seconds_behind * interval '1 second' as since_at,
    freshness.is_complete,
    models.is_live,
    freshness.error
  from ops.freshness
  join ops.stored_models as models using (model)
  where freshness.seconds_behind > 60
),
runner as materialized (
  -- it is asked for while something waits alone
  select tick_runner.runner
  from ops.tick_runner
  where exists (select from behind)
)
select
  'model failed' as problem,
  'error' as severity,
  models.model as subject,
  models.failed_at as since_at,
  models.error as message,
  format(
    'It is kept out of ticks, and tried again %s. Mend its file and run sluice apply.%s',
    coalesce('at ' || to_char(models.retry_at at time zone 'UTC', 'HH24:MI:SS') || ' UTC', 'with the next tick'),
    -- a value that it can't compute with
    case
      when models.kind = 'incremental' and models.error like '%(22___)' then
        ' What a single event may get wrong is parsed in its event model, where that event alone becomes a dead letter.'
    end
  ) as mend
from ops.stored_models as models
where models.error is not null

union all

-- one row instead of one for each model
select
  'no worker',
  'error',
  'ops.tick',
  min(behind.since_at),
  format(
    'Nothing ticks: %s models lack what is stored, the oldest of it for %s s', count(*), round(max(behind.seconds_behind))
  ),
  'Start sluice refresh or sluice run; or let pg_cron do it: see ops.job_status for its job beat.'
from behind
cross join runner
where runner.runner is null
having count(*) > 0

union all

select
  'model behind',
  'warning',
  behind.model,
  behind.since_at,
  format(
    '%s batches or slices wait for it or for what it reads, the oldest for %s s',
    behind.slices_behind, round(behind.seconds_behind)
  ),
  'The worker''s log says what it does. See ops.model_runs for what each model costs.'
from behind
cross join runner
where behind.error is null
  and case
    -- the heart-beat comes once a minute, and takes most of one
    when behind.is_complete then runner.runner = 'worker' or (runner.runner = 'pg_cron' and behind.seconds_behind > 180)
    -- one that catches up may take its time, as long as any does
    else
      runner.runner is not null
      and not behind.is_live
      and behind.seconds_behind > 300
      and not exists (
        select
        from ops.model_runs as runs
        join ops.stored_models as models using (model, version)
        where not models.is_live
          and runs.minute_at > ops.now() - interval '5 minutes'
      )
  end
