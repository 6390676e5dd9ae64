-- The events of a range that were passed over while it was stored (see ops.pass_over), with what is wrong with them.
-- kind: routine
create or replace function ops.find_passed_over_events(
  p_model ops.stored_model,
  p_range ops.batch_range,
  p_range_no int
) returns ops.bad_event[]
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_found ops.bad_event[] := '{}';
  v_offset bigint;
begin
  foreach v_offset in array string_to_array(coalesce(current_setting('sluice.passed_over', true), ''), ',')::bigint[]
  loop
    p_range.first_offset := v_offset;
    p_range.last_offset := v_offset;
    v_found := v_found || ops.find_unreadable_events(p_model, p_range, p_range_no);
  end loop;
  return v_found;
end
$$;
