-- Records the end (last stable offset) of partitions that had nothing to store, for ops.lag.
-- p_ends: objects with source_id, generation, partition, end_offset.
-- kind: routine
create or replace function ops.report_ends(p_ends jsonb)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with locked as (
    select offsets.source_id, offsets.generation, offsets.kafka_partition, ends.end_offset
    from ops.offsets
    join jsonb_to_recordset(p_ends) as ends (source_id int, generation smallint, partition int, end_offset bigint)
      on ends.source_id = offsets.source_id
      and ends.generation = offsets.generation
      and ends.partition = offsets.kafka_partition
    where ends.end_offset is distinct from offsets.end_offset
    order by offsets.source_id, offsets.generation, offsets.kafka_partition
    for update of offsets skip locked
  )
  update ops.offsets
  set end_offset = greatest(locked.end_offset, offsets.next_offset)
  from locked
  where offsets.source_id = locked.source_id
    and offsets.generation = locked.generation
    and offsets.kafka_partition = locked.kafka_partition
$$;

grant execute on function ops.report_ends(jsonb) to sluice_ingest;
