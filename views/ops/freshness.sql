-- How fresh each silver and gold model is: the newest event in it, and how far it is behind what is stored in bronze.
-- is_complete: holds all that was stored when it was made. A view is as fresh as the tables and materialized models it reads.
-- slices_behind: batches (of event and entity models) or slices that wait, for it or for the tables that it reads.
-- seconds_behind: for how long the oldest of them has waited, by the server's clock (for a model that never was level, not
-- longer than it is there); of a materialized model, and what reads one, also how much older its newest event is. error: why it is kept out of ticks.
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
-- what holds rows of its own; others show those of what they read
held as (
  select
    states.model,
    states.newest_event_at,
    null::timestamptz as stored_at,
    coalesce(waiting.slices_behind, 0) as slices_behind,
    waiting.since_at,
    states.is_live or waiting.model is null as is_complete
  from ops.stored_models as states
  left join waiting using (model)

  union all

  select
    models.model,
    models.newest_event_at,
    stored_newest.newest_event_at,
    0,
    null,
    -- over tables that still caught up it was filled too early
    models.was_level and models.populated_at is not null
  from ops.models
  left join stored_newest using (model)
  where models.kind = 'materialized'
),
reads as (
  -- is_shown: the rows come from there as they are now, through views alone
  select held.model, held.model as holder, true as is_shown
  from held

  union

  select models.model, reads.holder, reads.is_shown and models.kind = 'view'
  from reads
  join ops.models on reads.model = any (models.depends_on)
),
ways as (
  -- one may be read by several ways
  select reads.model, reads.holder, bool_or(reads.is_shown) as is_shown
  from reads
  group by reads.model, reads.holder
),
holders as (
  select
    ways.model,
    max(held.newest_event_at) filter (where ways.is_shown) as newest_event_at,
    sum(held.slices_behind)::bigint as slices_behind,
    min(held.since_at) as since_at,
    max(held.stored_at - held.newest_event_at) as older_by,
    bool_and(held.is_complete) as is_complete
  from ways
  join held on held.model = ways.holder
  group by ways.model
)
select
  models.model,
  models.kind,
  case when holders.model is null then stored_newest.newest_event_at else holders.newest_event_at end as newest_event_at,
  coalesce(holders.slices_behind, 0) as slices_behind,
  greatest(
    extract(epoch from holders.older_by),
    extract(epoch from ops.now() - holders.since_at),
    0
  )::numeric(12, 3) as seconds_behind,
  coalesce(holders.is_complete, true) as is_complete,
  models.error
from ops.models
left join stored_newest using (model)
left join holders using (model)
where models.schema_name in ('silver', 'gold')
  and models.kind <> 'routine'
