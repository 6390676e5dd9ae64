-- Fills the empty tables of an incremental model with all that its event tables hold. Returns the rows that it read.
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

  execute format('select store.%I($1)', p_model.store_name || '_fill') using v_step.new;
  perform ops.analyze_young_tables(array[p_model.model]);
  perform ops.mark_slices(p_model, v_step);
  return coalesce(v_step.row_count, 0);
end
$$;
