-- The bad events of one piece of a range: none when it passes whole, else those of its halves.
-- kind: routine
create or replace function ops.find_bad_in_piece(
  p_model ops.stored_model,
  p_piece ops.batch_range,
  p_way text,
  p_skip bigint[],
  p_range_no int
) returns ops.bad_event[]
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_state text;
  v_constraint text;
  v_message text;
  v_half ops.batch_range := p_piece;
  v_middle bigint := (p_piece.first_offset + p_piece.last_offset) / 2;
  v_rows bigint;
begin
  begin
    if p_way = 'parse' then
      -- counting the rows as values makes the server compute all of their columns
      execute format('select count(parsed) from store.%I($1, $2, $3) as parsed', p_model.store_name || '_parse')
      into v_rows
      using p_piece, p_skip, p_model.floor_at;
    else
      execute format('select row_count from store.%I($1, $2, $3, $4)', p_model.store_name || '_take')
      into v_rows
      using p_piece, p_model.next_slice_no, p_skip, p_model.floor_at;
      raise exception 'undone' using errcode = 'SL022';
    end if;
    return '{}';
  exception
    when others then
      get stacked diagnostics
        v_state = returned_sqlstate, v_constraint = constraint_name, v_message = message_text;
      if v_state = 'SL022' then
        return '{}';
      elsif not ops.is_fault_of_data(v_state, v_constraint)
        and not (p_way = 'parse' and ops.is_fault_of_event(v_state, v_constraint))
      then
        raise;
      end if;
  end;
  if p_piece.first_offset = p_piece.last_offset then
    return array[row(p_range_no, p_piece.first_offset, v_state, v_message)::ops.bad_event];
  end if;
  v_half.last_offset := v_middle;
  p_piece.first_offset := v_middle + 1;
  return ops.find_bad_in_piece(p_model, v_half, p_way, p_skip, p_range_no)
    || ops.find_bad_in_piece(p_model, p_piece, p_way, p_skip, p_range_no);
end
$$;
