-- The events of a range that fail when the model reads them: reads on behind each until the end. A sequence, which an
-- error does not set back, says at which event it was. One that is missed because the server read out of order is found
-- later, when storing fails. Where no such sequence may be made the events are looked for by halves.
-- kind: routine
create or replace function ops.find_unreadable_events(
  p_model ops.stored_model,
  p_range ops.batch_range,
  p_range_no int
) returns ops.bad_event[]
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_piece constant bigint := 5000;
  v_found ops.bad_event[] := '{}';
  v_call text := format('select store.%I($1, $2, $3)', p_model.store_name || '_check');
  v_state text;
  v_constraint text;
  v_message text;
  v_offset bigint;
  v_piece ops.batch_range := p_range;
begin
  if to_regclass('pg_temp.sluice_event') is null then
    if not has_database_privilege(current_database(), 'temporary') then
      perform ops.read_nothing(p_model);
      return ops.find_bad_in_piece(p_model, p_range, 'parse', '{}', p_range_no);
    end if;
    create temporary sequence sluice_event;
  end if;
  while v_piece.first_offset <= p_range.last_offset loop
    -- a short piece is found again soon
    v_piece.last_offset := least(v_piece.first_offset + c_piece - 1, p_range.last_offset);
    begin
      execute v_call using v_piece, array[]::bigint[], p_model.floor_at;
      v_piece.first_offset := v_piece.last_offset + 1;
      continue;
    exception
      when others then
        get stacked diagnostics
          v_state = returned_sqlstate, v_constraint = constraint_name, v_message = message_text;
        if not ops.is_fault_of_event(v_state, v_constraint) then
          raise;
        elsif not ops.is_fault_of_data(v_state, v_constraint) then
          perform ops.read_nothing(p_model);
        end if;
    end;
    v_offset := currval('pg_temp.sluice_event') - 1;
    -- of an earlier piece: it failed before it came to an event of this one
    exit when v_offset < v_piece.first_offset;
    v_found := v_found || row(p_range_no, v_offset, v_state, v_message)::ops.bad_event;
    v_piece.first_offset := v_offset + 1;
  end loop;
  return v_found;
end
$$;
