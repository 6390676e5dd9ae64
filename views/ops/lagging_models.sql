-- The models in tables that lack stored batches or slices, those that failed included.
-- kind: view
select models.model, models.version, models.error
from ops.stored_models as models
where exists (
    select
    from ops.batches_behind as behind
    where behind.model = models.model
      and behind.version = models.version
      and not isempty(behind.missing)
  )
  or exists (
    select
    from ops.slices_behind as behind
    where behind.model = models.model
      and behind.version = models.version
      and not isempty(behind.missing)
  )
