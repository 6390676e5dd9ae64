-- The models as they are applied.
-- kind: view
select
  models.schema_name || '.' || models.object_name as model,
  models.kind,
  models.version,
  models.applied_at,
  models.error
from ops.models
where models.kind not in ('routine', 'sources')
