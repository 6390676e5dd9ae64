-- Puts models that share sources, directly or through others, into one group: those tick together, other groups beside
-- them. A group is called after one of its bronze tables. Called at the end of apply.
-- kind: routine
create or replace function ops.assign_tick_groups()
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- each model with each of its sources; every such pair is an edge between its two ends
  create temporary table tick_edges on commit drop as
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
  )
  select reads.model, reads.input as table_name, reads.input as tick_group
  from reads
  where reads.input like 'bronze.%';

  loop
    update tick_edges
    set tick_group = least_groups.tick_group
    from (
      select edges.table_name, min(neighbours.tick_group) as tick_group
      from tick_edges as edges
      join tick_edges as neighbours
        on neighbours.model = edges.model
        or neighbours.table_name = edges.table_name
      group by edges.table_name
    ) as least_groups
    where least_groups.table_name = tick_edges.table_name
      and least_groups.tick_group < tick_edges.tick_group;
    exit when not found;
  end loop;

  update ops.models
  set tick_group = groups.tick_group
  from (
    select all_models.model, min(substr(edges.tick_group, length('bronze.') + 1)) as tick_group
    from ops.models as all_models
    left join tick_edges as edges using (model)
    group by all_models.model
  ) as groups
  where groups.model = models.model
    and groups.tick_group is distinct from models.tick_group;
  drop table tick_edges;
end
$$;
