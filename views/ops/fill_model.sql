-- Fills the empty tables of an incremental model with all that its event tables hold, by one statement over them, and
-- makes its indexes afterwards. Returns the rows that it read.
-- kind: routine
create or replace function ops.fill_model(p_model ops.stored_model)
returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
-- all is read from the first row to the last: what ticks tell of looking rows up does not hold
set random_page_cost = 4
as $$
declare
  v_step ops.slice_step;
  v_making text[];
  v_dropping text[];
  v_statement text;
begin
  select
    array_agg(row(slices.from_slice, slices.to_slice, slices.from_at, slices.to_at)::ops.slice_range order by input_no),
    sum(slices.row_count),
    max(slices.newest_event_at)
  into v_step.new, v_step.row_count, v_step.newest_event_at
  from ops.model_inputs as inputs
  cross join lateral (
    select
      min(slices.slice_no) as from_slice, max(slices.slice_no) as to_slice,
      min(slices.from_at) as from_at, max(slices.to_at) as to_at,
      sum(slices.row_count) as row_count, max(slices.newest_event_at) as newest_event_at
    from ops.slices
    where slices.model = inputs.input
      and slices.version = inputs.input_version
  ) as slices
  where inputs.model = p_model.model
    and inputs.version = p_model.version;

  select
    coalesce(array_agg(
      case
        when constraints.oid is null then pg_get_indexdef(indexes.indexrelid)
        else format(
          'alter table %s add constraint %I %s',
          indexes.indrelid::regclass, constraints.conname, pg_get_constraintdef(constraints.oid)
        )
      end
      order by indexes.indexrelid
    ), '{}'),
    coalesce(array_agg(
      case
        when constraints.oid is null then format('drop index %s', indexes.indexrelid::regclass)
        else format('alter table %s drop constraint %I', indexes.indrelid::regclass, constraints.conname)
      end
    ), '{}')
  into v_making, v_dropping
  from ops.store_objects(p_model.model, p_model.version) as objects
  join pg_index as indexes on objects.identity = format('table %s', indexes.indrelid::regclass)
  left join pg_constraint as constraints on constraints.conindid = indexes.indexrelid;

  foreach v_statement in array v_dropping loop
    execute v_statement;
  end loop;
  execute format('select store.%I($1)', p_model.store_name || '_fill') using v_step.new;
  -- before an index tells how large they are
  perform ops.analyze_young_tables(array[p_model.model]);
  foreach v_statement in array v_making loop
    execute v_statement;
  end loop;
  perform ops.mark_slices(p_model, v_step);
  return coalesce(v_step.row_count, 0);
end
$$;
