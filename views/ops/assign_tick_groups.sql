-- Puts models that share sources, directly or through others, into one group: those tick together, other groups beside
-- them. A group is called after one of its bronze tables. Called at the end of apply.
-- kind: routine
create or replace function ops.assign_tick_groups()
returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  with recursive reads as (
    select models.model, inputs.input
    from ops.stored_models as models
    join ops.model_inputs as inputs using (model, version)
    union
    select reads.model, inputs.input
    from reads
    join ops.stored_models as models on models.model = reads.input
    join ops.model_inputs as inputs
      on inputs.model = models.model
      and inputs.version = models.version
  ),
  sources as (
    select reads.model, substr(reads.input, length('bronze.') + 1) as table_name
    from reads
    where reads.input like 'bronze.%'
  ),
  neighbours as (
    select distinct sources.table_name, others.table_name as neighbour
    from sources
    join sources as others using (model)
  ),
  connected as (
    select neighbours.table_name, neighbours.neighbour
    from neighbours
    union
    select connected.table_name, neighbours.neighbour
    from connected
    join neighbours on neighbours.table_name = connected.neighbour
  ),
  groups as (
    select models.model, min(connected.neighbour) as tick_group
    from ops.models
    left join sources using (model)
    left join connected using (table_name)
    group by models.model
  )
  update ops.models
  set tick_group = groups.tick_group
  from groups
  where groups.model = models.model
    and groups.tick_group is distinct from models.tick_group
$$;
