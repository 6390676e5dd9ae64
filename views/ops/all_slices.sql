-- All slices of the event tables that an incremental model reads, as one step.
-- kind: routine
create or replace function ops.all_slices(p_model ops.stored_model)
returns ops.slice_step
language plpgsql stable
set search_path = pg_catalog, pg_temp
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
  return v_step;
end
$$;
