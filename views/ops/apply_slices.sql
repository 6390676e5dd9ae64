-- Applies the slices that an incremental model lacks: all of them, or, with p_rows, the newest, about p_rows rows of
-- each of its event tables. Returns the rows applied; null when there was nothing to apply.
-- kind: routine
create or replace function ops.apply_slices(p_model ops.stored_model, p_rows bigint default null)
returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_step ops.slice_step;
  v_rows bigint;
  v_left bigint := p_rows;
begin
  loop
    v_step := ops.next_slices(p_model, v_left);
    exit when v_step.row_count is null;
    if p_model.kind = 'routine' then
      execute format('select %s($1, $2)', p_model.function_name)
      using (v_step.new[1]).from_slice, (v_step.new[1]).to_slice;
    elsif '{}' = all (v_step.applied) and ops.is_to_fill(p_model) then
      execute format('select store.%I($1)', p_model.store_name || '_fill') using v_step.new;
      -- as many rows were to be filled in, not to be applied
      v_left := case when p_rows is not null then v_step.row_count end;
    else
      execute format('select store.%I($1, $2)', p_model.function_name) using v_step.new, v_step.applied;
    end if;
    perform ops.mark_slices(p_model, v_step);
    v_rows := coalesce(v_rows, 0) + v_step.row_count;
    -- without p_rows it stays null, and all runs are applied
    v_left := v_left - v_step.row_count;
    exit when v_left <= 0;
  end loop;
  return v_rows;
end
$$;
