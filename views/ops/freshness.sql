-- How fresh each silver and gold model is: the newest event in it, and how far it is behind what is stored in bronze.
-- is_complete: holds all that was stored when it was made. A view is as fresh as the tables it reads.
-- slices_behind: batches (of event and entity models) or slices that wait. error: why it is kept out of ticks.
-- kind: view
with recursive stored_newest as (
  select model, max(newest_event_at) as newest_event_at
  from ops.model_sources
  group by model
),
waiting as (
  select
    waiting_runs.model,
    sum(upper(waiting_runs.run) - lower(waiting_runs.run))::bigint as slices_behind
  from (
    select model, version, unnest(missing) as run from ops.batches_behind
    union all
    select model, version, unnest(missing) from ops.slices_behind
  ) as waiting_runs
  join ops.stored_models using (model, version)
  group by waiting_runs.model
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
    sum(coalesce(waiting.slices_behind, 0))::bigint as slices_behind,
    sum(coalesce(waiting.slices_behind, 0)) filter (where reads.model = reads.table_model)::bigint
      as own_slices_behind,
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
      else coalesce(tables.own_newest_event_at, tables.newest_event_at, stored_newest.newest_event_at)
    end as newest_event_at,
    coalesce(tables.own_slices_behind, tables.slices_behind, 0) as slices_behind,
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
  case
    when newest.kind <> 'materialized' and newest.slices_behind = 0 then 0
    else coalesce(greatest(extract(epoch from newest.stored_at - newest.newest_event_at), 0), 0)
  end::numeric(12, 3) as seconds_behind,
  newest.is_complete and (newest.kind <> 'materialized' or newest.populated_at is not null) as is_complete,
  newest.error
from newest
