-- Commits where a partition begins, before its first fetch. The first caller decides; returns what stands.
-- kind: routine
create or replace function ops.open_partition(
  p_source_id int,
  p_generation smallint,
  p_partition int,
  p_start_offset bigint,
  p_end_offset bigint
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_next_offset bigint;
begin
  insert into ops.offsets (source_id, generation, kafka_partition, next_offset, end_offset)
  values (p_source_id, p_generation, p_partition, p_start_offset, p_end_offset)
  on conflict do nothing;

  select offsets.next_offset into strict v_next_offset
  from ops.offsets
  where offsets.source_id = p_source_id
    and offsets.generation = p_generation
    and offsets.kafka_partition = p_partition;
  return v_next_offset;
end
$$;

grant execute on function ops.open_partition(int, smallint, int, bigint, bigint) to sluice_ingest;
