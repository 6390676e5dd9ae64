-- Looks for the events that a model can't take, in ranges of batches. p_way: parse, to read events alone; take, to
-- store them, each piece undone at once. Events known as bad are skipped.
-- kind: routine
create or replace function ops.find_bad_events(
  p_model ops.stored_model,
  p_ranges ops.batch_range[],
  p_way text,
  p_bad ops.bad_event[] default '{}'
) returns ops.bad_event[]
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_found ops.bad_event[] := '{}';
  v_range ops.batch_range;
  v_piece ops.batch_range;
  v_skip bigint[];
  v_no int := 0;
begin
  foreach v_range in array p_ranges loop
    v_no := v_no + 1;
    if p_way = 'parse' then
      v_found := v_found || ops.find_unreadable_events(p_model, v_range, v_no);
      continue;
    end if;
    v_skip := array(select bad.kafka_offset from unnest(p_bad) as bad where bad.range_no = v_no);
    v_piece := v_range;
    loop
      v_piece.last_offset := least(v_piece.first_offset + 199, v_range.last_offset);
      v_found := v_found || ops.find_bad_in_piece(p_model, v_piece, p_way, v_skip, v_no);
      exit when v_piece.last_offset >= v_range.last_offset;
      v_piece.first_offset := v_piece.last_offset + 1;
    end loop;
  end loop;
  return v_found;
end
$$;
