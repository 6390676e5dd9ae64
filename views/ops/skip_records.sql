-- Gives up what a partition of a topic holds from its position up to p_next_offset, which is read next: for a batch that
-- can't be read (unreadable_batch). The hole is an incident and an empty batch of the ledger. The source is read on.
-- Errors: SL012 for an offset that is not behind the position, SL013 for an unknown topic or partition.
-- kind: routine
create or replace function ops.skip_records(p_topic text, p_partition int, p_next_offset bigint)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_position ops.offsets;
begin
  select offsets.*
  into v_position
  from ops.offsets
  join ops.sources using (source_id, generation)
  where sources.source_id = ops.find_source(p_topic)
    and offsets.kafka_partition = p_partition
  for update of offsets;
  if not found then
    raise exception 'Topic "%" has no partition %', p_topic, p_partition
      using errcode = 'SL013', hint = 'See ops.lag.';
  end if;
  if p_next_offset is null or p_next_offset <= v_position.next_offset then
    raise exception 'Offset % is not behind the position % of topic "%", partition %',
      p_next_offset, v_position.next_offset, p_topic, p_partition
      using errcode = 'SL012', hint = 'What stands before the position is stored. See ops.lag.';
  end if;

  perform ops.advance(jsonb_build_array(jsonb_build_object(
    'source_id', v_position.source_id, 'generation', v_position.generation, 'partition', p_partition,
    'batch_no', v_position.next_batch_no, 'from_offset', v_position.next_offset, 'next_offset', p_next_offset,
    'end_offset', greatest(v_position.end_offset, p_next_offset), 'rows', 0, 'dead_letters', 0, 'bytes', 0
  )));
  insert into ops.incidents (
    source_id, generation, kafka_partition, kind, from_offset, next_offset, message, resolved_at
  )
  values (
    v_position.source_id, v_position.generation, p_partition, 'skipped_records',
    v_position.next_offset, p_next_offset,
    format(
      '%s gave up offsets %s to %s of %s, partition %s',
      session_user, v_position.next_offset, p_next_offset - 1, p_topic, p_partition
    ),
    ops.now()
  );
  perform ops.resume_source(p_topic);
end
$$;
