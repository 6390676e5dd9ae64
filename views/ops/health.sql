-- One row per problem, with its mend. No row: all is well.
-- kind: view
select
  'source stopped' as problem,
  'error' as severity,
  sources.topic as subject,
  incidents.noticed_at as since_at,
  sources.stopped_reason as message,
  case incidents.kind
    when 'unreadable_batch' then format(
      'Try it again: select ops.resume_source(%1$L). Give it up: select ops.skip_records(%1$L, %2$s, %3$s)',
      sources.topic, incidents.kafka_partition, incidents.next_offset
    )
    else format('If the topic was created anew on purpose: select ops.reset_source(%L)', sources.topic)
  end as mend
from ops.sources
left join lateral (
  select noticed_at, kind, kafka_partition, next_offset
  from ops.incidents
  where incidents.source_id = sources.source_id
    and incidents.resolved_at is null
  order by noticed_at desc
  limit 1
) as incidents on true
where sources.stopped_reason is not null
  and not sources.is_dropped

union all

select
  'lost records',
  'error',
  sources.topic,
  incidents.noticed_at,
  incidents.message,
  'Give the topic a longer retention, or ingest more capacity. The records cannot be had again.'
from ops.incidents
join ops.sources using (source_id)
where incidents.kind = 'lost_records'
  and incidents.noticed_at > ops.now() - interval '1 day'

union all

select
  'ingest behind',
  'warning',
  lag.topic,
  min(lag.updated_at),
  format('%s records are waiting, the oldest for %s s', sum(lag.lag_records), round(max(lag.lag_seconds))),
  'Is sluice ingest running? Its log says what it waits for. More ingesters share the partitions.'
from ops.lag
join ops.sources using (topic)
where lag.lag_records > 0
  and lag.lag_seconds > 60
  and not sources.is_paused
  and sources.stopped_reason is null
group by lag.topic

union all

select
  'dead letters',
  'warning',
  reasons.topic,
  max(reasons.newest_at),
  format(
    '%s events could not be taken at %s: %s',
    sum(reasons.dead_letters), reasons.stage, string_agg(distinct reasons.message, '; ')
  ),
  'See ops.dead_letters: payload, sqlstate and message of each.'
from ops.dead_letters_by_reason as reasons
group by reasons.topic, reasons.stage

union all

select
  'job failed',
  'error',
  jobs.job_name,
  jobs.last_started_at,
  jobs.last_message,
  format('When mended: select ops.run_job(%L)', jobs.job_name)
from ops.jobs
where not jobs.last_is_ok

union all

select
  'job overdue',
  'warning',
  status.job_name,
  status.last_started_at,
  format('Should run every %s s, by %s', status.every_s, status.runner),
  'Is sluice refresh running, or pg_cron?'
from ops.job_status as status
where status.is_overdue

union all

select
  'retention waits',
  'warning',
  sources.topic,
  min(partitions.expired_at),
  format(
    'bronze.%s should have been dropped more than a day ago, one of %s such days',
    min(partitions.partition_name), count(*)
  ),
  'They go once no session uses the table, such as a long copy or dump: '
    || $$select ops.run_job('drop expired partitions')$$
from ops.expired_partitions as partitions
join ops.sources using (table_name)
where partitions.expired_at < ops.now() - interval '1 day'
group by sources.topic, sources.table_name

union all

select
  'model waits',
  'warning',
  models.model,
  min(models.applied_at),
  format(
    'It takes entities as of arrival, and these have never been level: %s',
    string_agg(awaited.entity || coalesce(': ' || awaited.error, ', which catches up'), '; ')
  ),
  'It goes on when they are. One that fails: mend its file and run sluice apply.'
from ops.awaited_entities as awaited
join ops.stored_models using (model)
join ops.models using (model)
where not stored_models.is_live
  and models.applied_at < ops.now() - interval '1 minute'
group by models.model

union all

select model_problems.*
from ops.model_problems

union all

select tick_problems.*
from ops.tick_problems

union all

select file_problems.*
from ops.file_problems
