-- Gives up what a partition of a topic holds from its position up to p_next_offset, which is read next: for a batch that
-- can't be read (unreadable_batch). The hole is an incident and an empty batch of the ledger. A source that was
-- stopped is read on; one that was paused stays so.
-- Errors: SL012 for an offset that is not behind the position, SL013 for an unknown topic or partition.
-- kind: routine
create or replace function ops.skip_records(p_topic text, p_partition int, p_next_offset bigint)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_position ops.offsets;
  v_is_paused boolean;
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

  perform ops.leave_hole(
    v_position.source_id, v_position.generation, p_partition, v_position.next_batch_no,
    v_position.next_offset, p_next_offset, 'skipped_records',
    format(
      '%s gave up offsets %s to %s of %s, partition %s',
      session_user, v_position.next_offset, p_next_offset - 1, p_topic, p_partition
    )
  );
  select is_paused into strict v_is_paused from ops.sources where source_id = v_position.source_id;
  perform ops.resume_source(p_topic);
  if v_is_paused then
    perform ops.pause_source(p_topic);
  end if;
end
$$;
