-- Records that Kafka deleted records before they were read (retention), and moves the position past them.
-- The hole is an incident and an empty batch of the ledger. SL001 when the position is not p_from_offset.
-- kind: routine
create or replace function ops.report_lost_records(
  p_source_id int,
  p_generation smallint,
  p_partition int,
  p_batch_no bigint,
  p_from_offset bigint,
  p_next_offset bigint
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops.advance(jsonb_build_array(jsonb_build_object(
    'source_id', p_source_id, 'generation', p_generation, 'partition', p_partition,
    'batch_no', p_batch_no, 'from_offset', p_from_offset, 'next_offset', p_next_offset,
    'end_offset', p_next_offset, 'rows', 0, 'dead_letters', 0, 'bytes', 0
  )));
  insert into ops.incidents (
    source_id, generation, kafka_partition, kind, from_offset, next_offset, message, resolved_at
  )
  select
    p_source_id, p_generation, p_partition, 'lost_records', p_from_offset, p_next_offset,
    format(
      'Kafka had deleted offsets %s to %s of %s, partition %s, before they were read',
      p_from_offset, p_next_offset - 1, sources.topic, p_partition
    ),
    ops.now()
  from ops.sources
  where sources.source_id = p_source_id;
end
$$;

grant execute on function ops.report_lost_records(int, smallint, int, bigint, bigint, bigint) to sluice_ingest;
