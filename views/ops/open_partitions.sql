-- Commits where partitions begin, before their first fetch: where the source starts for those present when
-- the source is first seen, at the beginning for those that come later. What is open stays as it is, but for
-- a topic id that was not known yet.
-- p_partitions: every partition of the topic, objects with partition, topic_id (or null), first_offset,
-- start_offset, end_offset.
-- kind: routine
create or replace function ops.open_partitions(p_source_id int, p_generation smallint, p_partitions jsonb)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_is_first boolean;
begin
  perform pg_advisory_xact_lock(hashtext('sluice open partitions'), p_source_id);
  v_is_first := not exists (
    select
    from ops.offsets
    where offsets.source_id = p_source_id
      and offsets.generation = p_generation
  );

  insert into ops.offsets (source_id, generation, kafka_partition, topic_id, next_offset, end_offset)
  select
    p_source_id, p_generation, partitions.partition, partitions.topic_id,
    case when v_is_first then partitions.start_offset else partitions.first_offset end,
    partitions.end_offset
  from jsonb_to_recordset(p_partitions) as partitions (
    partition int, topic_id uuid, first_offset bigint, start_offset bigint, end_offset bigint
  )
  order by partitions.partition
  on conflict (source_id, generation, kafka_partition) do update
  set topic_id = excluded.topic_id
  where offsets.topic_id is null
    and excluded.topic_id is not null;
end
$$;

grant execute on function ops.open_partitions(int, smallint, jsonb) to sluice_ingest;
