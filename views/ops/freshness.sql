-- How fresh each silver and gold model is: the newest event in it, and how far it is behind bronze.
-- A view is never behind; a materialized model is behind by what came since its last refresh.
-- kind: view
with newest as (
  select model, max(newest_event_at) as newest_event_at
  from ops.model_sources
  group by model
)
select
  models.schema_name || '.' || models.object_name as model,
  models.kind,
  case models.kind
    when 'materialized' then models.newest_event_at
    else newest.newest_event_at
  end as newest_event_at,
  0::bigint as slices_behind,
  case models.kind
    when 'materialized' then
      coalesce(extract(epoch from newest.newest_event_at - models.newest_event_at), 0)
    else 0
  end::numeric(12, 3) as seconds_behind,
  models.kind <> 'materialized' or models.populated_at is not null as is_complete
from ops.models
left join newest on newest.model = models.schema_name || '.' || models.object_name
where models.schema_name in ('silver', 'gold')
  and models.kind <> 'routine'
