-- Models that can't take what is stored, and models that are far behind it: a part of ops.health.
-- kind: view
select
  'model failed' as problem,
  'error' as severity,
  models.model as subject,
  models.failed_at as since_at,
  models.error as message,
  'It is kept out of ticks and tried again every minute. Mend its file and run sluice apply.' as mend
from ops.stored_models as models
where models.error is not null

union all

select
  'model behind',
  'warning',
  freshness.model,
  freshness.newest_event_at,
  format(
    '%s batches or slices wait, its newest event is %s s older than the newest stored one',
    freshness.slices_behind, round(freshness.seconds_behind)
  ),
  'Is sluice refresh running, or pg_cron? See ops.model_runs for what each model costs.'
from ops.freshness
where freshness.kind in ('event', 'entity', 'incremental')
  and freshness.error is null
  and freshness.is_complete
  and freshness.seconds_behind > 60
