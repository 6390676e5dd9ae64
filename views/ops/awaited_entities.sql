-- The entities that models take as of arrival, and that have never been level: what such a model took now would find them
-- missing for good. One that was level and failed since is not waited for.
-- kind: view
select
  models.model,
  entities.model as entity,
  entities.error
from ops.models
join ops.stored_models as entities on entities.model = any (models.depends_on)
where models.header ? 'entities'
  and entities.kind = 'entity'
  and entities.first_level_at is null
