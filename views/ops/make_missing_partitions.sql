-- Makes the partitions that the next events of an event model need: those that it would take in
-- a tick, or catch up on, p_events of each.
-- kind: routine
create or replace function ops.make_missing_partitions(p_model text, p_events bigint default 100000)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_model ops.stored_model := ops.find_model(p_model);
  v_ranges ops.batch_range[] :=
    ops.old_batches(p_model, p_events)
    || ops.old_batches(p_model, p_events, p_is_newest_first => false)
    || ops.new_batches(array[p_model], p_events);
begin
  perform ops.make_event_partitions(v_model, v_ranges, ops.find_bad_events(v_model, v_ranges, 'parse'));
end
$$;
