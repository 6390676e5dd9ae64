-- Whether a model takes entities as they are on arrival, and one of them has not caught up: what it took now would find
-- them missing for good. One that failed is not waited for.
-- kind: routine
create or replace function ops.waits_for_entities(p_model text)
returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from ops.models
    join ops.stored_models as entities on entities.model = any (models.depends_on)
    where models.model = p_model
      and models.header ? 'entities'
      and entities.kind = 'entity'
      and not entities.is_live
      and entities.error is null
  )
$$;
