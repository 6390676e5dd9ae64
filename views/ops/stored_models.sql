-- The models that are kept in tables, in the version that readers see: where each stands.
-- kind: view
select
  models.model,
  models.kind,
  states.version,
  models.schema_name || '_' || models.object_name || '_v' || states.version as store_name,
  models.tick_group,
  states.function_name,
  states.is_live,
  states.next_slice_no,
  states.floor_at,
  states.newest_event_at,
  states.chunk_rows,
  states.failed_at,
  states.retry_at,
  models.error,
  states.first_level_at
from ops.models
join ops.model_states as states
  on states.model = models.model
  and states.version = models.store_version
