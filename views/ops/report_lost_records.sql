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
  perform ops.leave_hole(
    p_source_id, p_generation, p_partition, p_batch_no, p_from_offset, p_next_offset, 'lost_records',
    format(
      'Kafka had deleted offsets %s to %s of %s, partition %s, before they were read',
      p_from_offset, p_next_offset - 1, sources.topic, p_partition
    )
  )
  from ops.sources
  where sources.source_id = p_source_id;
end
$$;

grant execute on function ops.report_lost_records(int, smallint, int, bigint, bigint, bigint) to sluice_ingest;
