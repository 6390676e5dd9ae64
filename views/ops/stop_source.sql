-- Stops a source that can't be read on: its topic is not the one that was read before (topic_recreated), or a
-- batch of it can't be decoded (unreadable_batch; p_end_offset is what follows it). An incident says so until
-- ops.reset_source, ops.resume_source or ops.skip_records. Without p_reason it is that the log ends, at p_end_offset,
-- before the stored position.
-- kind: routine
create or replace function ops.stop_source(
  p_source_id int,
  p_generation smallint,
  p_partition int,
  p_next_offset bigint,
  p_end_offset bigint,
  p_kind text default 'topic_recreated',
  p_reason text default null
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reason text;
begin
  select coalesce(
    p_reason,
    format(
      'Topic %s, partition %s, ends at offset %s, before the stored position %s: it was created anew',
      sources.topic, p_partition, p_end_offset, p_next_offset
    )
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
    values (p_source_id, p_generation, p_partition, p_kind, p_next_offset, p_end_offset, v_reason);
  end if;
end
$$;

grant execute on function ops.stop_source(int, smallint, int, bigint, bigint, text, text) to sluice_ingest;
