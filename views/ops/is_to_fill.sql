-- Whether the next slices of an incremental model fill its empty tables by one insert: it is merged and has applied none.
-- Not a model that is regrouped or appended to: a part of which only some rows are there may make its select fail, and
-- a join of new slices alone is planned by figures that do not know them.
-- kind: routine
create or replace function ops.is_to_fill(p_model ops.stored_model)
returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return not exists (
      select
      from ops.model_progress as progress
      where progress.model = p_model.model
        and progress.version = p_model.version
    )
    and exists (
      select
      from ops.models
      where models.model = p_model.model
        and models.strategy = 'merge'
    );
end
$$;
