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
  v_step ops.slice_step := ops.all_slices(p_model);
begin
  execute format('select store.%I($1)', p_model.store_name || '_fill') using v_step.new;
  perform ops.analyze_young_tables(array[p_model.model]);
  perform ops.mark_slices(p_model, v_step);
  return coalesce(v_step.row_count, 0);
end
$$;
