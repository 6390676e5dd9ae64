-- Stores the events of ranges of batches in an event or entity table, and numbers what an event table got as a slice.
-- Returns the rows added.
-- kind: routine
create or replace function ops.store_slice(p_model ops.stored_model, p_ranges ops.batch_range[])
returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rows bigint := 0;
  v_from_at timestamptz;
  v_to_at timestamptz;
  v_newest_event_at timestamptz;
begin
  select row_count, from_at, to_at
  into v_rows, v_from_at, v_to_at
  from ops.store_events(p_model, array(select ranges from unnest(p_ranges) as ranges where ranges.row_count > 0));

  select max(batches.newest_kafka_at)
  into v_newest_event_at
  from unnest(p_ranges) as ranges
  join ops.batches
    on batches.source_id = ranges.source_id
    and batches.generation = ranges.generation
    and batches.kafka_partition = ranges.kafka_partition
    and batches.batch_no between ranges.from_batch and ranges.to_batch;

  if p_model.kind = 'event' and v_rows > 0 then
    insert into ops.slices (model, version, slice_no, row_count, from_at, to_at, newest_event_at)
    values (
      p_model.model, p_model.version, p_model.next_slice_no, v_rows, v_from_at, v_to_at, v_newest_event_at
    );
  end if;
  update ops.model_states
  set next_slice_no = model_states.next_slice_no + (p_model.kind = 'event' and v_rows > 0)::int,
    newest_event_at = greatest(model_states.newest_event_at, v_newest_event_at)
  where model_states.model = p_model.model
    and model_states.version = p_model.version;
  return v_rows;
end
$$;
