-- How fresh each silver and gold model is: the newest event in it, and how far it is behind what is stored in bronze.
-- is_complete: holds all that was stored when it was made. A view is as fresh as the tables it reads.
-- slices_behind: batches (of event and entity models) or slices that wait, for it or for the tables that it reads.
-- seconds_behind: for how long the oldest of them has waited, by the server's clock (for a model that never was level, not
-- longer than it is there); of a materialized model also how much older its newest event is. error: why it is kept out of ticks.
-- kind: view
with recursive stored_newest as (
  select model, max(newest_event_at) as newest_event_at
  from ops.model_sources
  group by model
),
missing as (
  select
    behind.model,
    behind.version,
    (select sum(upper(runs.run) - lower(runs.run)) from unnest(behind.missing) as runs (run)) as slices_behind,
    (
      select min(batches.stored_at)
      from ops.batches
      where batches.source_id = behind.source_id
        and batches.generation = behind.generation
        and batches.kafka_partition = behind.kafka_partition
        -- the oldest of the log, and of replays, which count downwards
        and batches.batch_no = any (array[
          lower(behind.missing * '{[1,)}'::int8multirange), upper(behind.missing * '{(,0)}'::int8multirange) - 1
        ])
    ) as stored_at
  from ops.batches_behind as behind
  where not isempty(behind.missing)

  union all

  select
    behind.model,
    behind.version,
    (select sum(upper(runs.run) - lower(runs.run)) from unnest(behind.missing) as runs (run)),
    (
      select slices.made_at
      from ops.slices
      where slices.model = behind.input
        and slices.version = behind.input_version
        and slices.slice_no = lower(behind.missing)
    )
  from ops.slices_behind as behind
  where not isempty(behind.missing)
),
waiting as (
  select
    states.model,
    sum(missing.slices_behind)::bigint as slices_behind,
    case
      when states.is_live then min(missing.stored_at)
      else greatest(min(missing.stored_at), models.applied_at)
    end as since_at
  from missing
  join ops.stored_models as states using (model, version)
  join ops.models on models.model = states.model
  group by states.model, states.is_live, models.applied_at
),
reads as (
  select models.model, models.model as table_model
  from ops.stored_models as models
  union
  select models.model, reads.table_model
  from reads
  join ops.models on reads.model = any (models.depends_on)
),
tables as (
  select
    reads.model,
    min(states.newest_event_at) filter (where reads.model = reads.table_model) as own_newest_event_at,
    max(states.newest_event_at) as newest_event_at,
    coalesce(sum(waiting.slices_behind), 0)::bigint as slices_behind,
    min(waiting.since_at) as since_at,
    bool_or(reads.model = reads.table_model) as is_table,
    bool_and(states.is_live or coalesce(waiting.slices_behind, 0) = 0) as is_complete
  from reads
  join ops.stored_models as states on states.model = reads.table_model
  left join waiting on waiting.model = reads.table_model
  group by reads.model
),
newest as (
  select
    models.model,
    models.kind,
    models.error,
    -- over tables that still caught up it was filled too early
    case when models.was_level then models.populated_at end as populated_at,
    stored_newest.newest_event_at as stored_at,
    case
      when models.kind = 'materialized' then models.newest_event_at
      when tables.is_table then tables.own_newest_event_at
      when tables.model is not null then tables.newest_event_at
      else stored_newest.newest_event_at
    end as newest_event_at,
    coalesce(tables.slices_behind, 0) as slices_behind,
    tables.since_at,
    coalesce(tables.is_complete, true) as is_complete
  from ops.models
  left join stored_newest using (model)
  left join tables using (model)
  where models.schema_name in ('silver', 'gold')
    and models.kind <> 'routine'
)
select
  newest.model,
  newest.kind,
  newest.newest_event_at,
  newest.slices_behind,
  greatest(
    case
      when newest.kind = 'materialized' then extract(epoch from newest.stored_at - newest.newest_event_at)
    end,
    extract(epoch from ops.now() - newest.since_at),
    0
  )::numeric(12, 3) as seconds_behind,
  newest.is_complete and (newest.kind <> 'materialized' or newest.populated_at is not null) as is_complete,
  newest.error
from newest
