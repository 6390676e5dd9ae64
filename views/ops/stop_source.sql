-- Stops a source whose topic is not the one that was read before: the log ends before the stored position.
-- An incident says so until ops.reset_source.
-- kind: routine
create or replace function ops.stop_source(
  p_source_id int,
  p_generation smallint,
  p_partition int,
  p_next_offset bigint,
  p_end_offset bigint
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reason text;
begin
  select format(
    'Topic %s, partition %s, ends at offset %s, before the stored position %s: it was created anew',
    sources.topic, p_partition, p_end_offset, p_next_offset
  )
  into strict v_reason
  from ops.sources
  where sources.source_id = p_source_id;

  update ops.sources
  set stopped_reason = v_reason
  where sources.source_id = p_source_id
    and sources.generation = p_generation
    and sources.stopped_reason is null;
  if found then
    insert into ops.incidents (
      source_id, generation, kafka_partition, kind, from_offset, next_offset, message
    )
    values (p_source_id, p_generation, p_partition, 'topic_recreated', p_next_offset, p_end_offset, v_reason);
  end if;
end
$$;

grant execute on function ops.stop_source(int, smallint, int, bigint, bigint) to sluice_ingest;
