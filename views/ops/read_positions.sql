-- The positions of all partitions of a source in one generation, and which topic they belong to; no row for one
-- never opened. The ingester calls it on every assignment, before anything is stored.
-- kind: routine
create or replace function ops.read_positions(p_source_id int, p_generation smallint)
returns table (kafka_partition int, next_offset bigint, next_batch_no bigint, topic_id uuid)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select offsets.kafka_partition, offsets.next_offset, offsets.next_batch_no, offsets.topic_id
  from ops.offsets
  where offsets.source_id = p_source_id
    and offsets.generation = p_generation
$$;

grant execute on function ops.read_positions(int, smallint) to sluice_ingest;
