-- Moves the position of a partition past records that are not stored, for report_lost_records and skip_records: an
-- empty batch of the ledger, and an incident of the kind given. SL001 when the position is not p_from_offset.
-- kind: routine
create or replace function ops.leave_hole(
  p_source_id int,
  p_generation smallint,
  p_partition int,
  p_batch_no bigint,
  p_from_offset bigint,
  p_next_offset bigint,
  p_kind text,
  p_message text
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops.advance(jsonb_build_array(jsonb_build_object(
    'source_id', p_source_id, 'generation', p_generation, 'partition', p_partition,
    'batch_no', p_batch_no, 'from_offset', p_from_offset, 'next_offset', p_next_offset,
    'rows', 0, 'dead_letters', 0, 'bytes', 0
  )));
  insert into ops.incidents (
    source_id, generation, kafka_partition, kind, from_offset, next_offset, message, resolved_at
  )
  values (
    p_source_id, p_generation, p_partition, p_kind, p_from_offset, p_next_offset, p_message, ops.now()
  );
end
$$;
