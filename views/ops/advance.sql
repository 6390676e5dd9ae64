-- Moves the positions of what was just copied, writes the ledger and brings the dead letters, in the
-- transaction of the copy and as its last statement: the fence of exactly-once.
-- p_batches: one object per partition with source_id, generation, partition, batch_no, from_offset,
-- first_offset, last_offset, next_offset, end_offset, rows, dead_letters, bytes, newest_kafka_at (ISO).
-- p_dead_letters: objects with source_id, generation, partition, batch_no, offset, kafka_at, key and payload
-- (base64 or null), headers, sqlstate, message.
-- Errors: SL001 when a stored position is not the one that was copied from: roll back, read positions, seek.
-- kind: routine
create or replace function ops.advance(p_batches jsonb, p_dead_letters jsonb default '[]')
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_moved int;
  v_wanted int := jsonb_array_length(p_batches);
begin
  -- in one order, so that two ingesters never wait for each other in a circle
  perform
  from ops.offsets
  join jsonb_to_recordset(p_batches) as wanted (source_id int, generation smallint, partition int)
    on wanted.source_id = offsets.source_id
    and wanted.generation = offsets.generation
    and wanted.partition = offsets.kafka_partition
  order by offsets.source_id, offsets.generation, offsets.kafka_partition
  for update of offsets;

  with wanted as (
    select *
    from jsonb_to_recordset(p_batches) as wanted (
      source_id int, generation smallint, partition int, batch_no bigint,
      from_offset bigint, first_offset bigint, last_offset bigint, next_offset bigint, end_offset bigint,
      rows int, dead_letters int, bytes bigint, newest_kafka_at timestamptz
    )
  ),
  moved as (
    update ops.offsets
    set next_offset = wanted.next_offset,
      next_batch_no = offsets.next_batch_no + 1,
      end_offset = greatest(coalesce(wanted.end_offset, offsets.end_offset), wanted.next_offset),
      newest_kafka_at = greatest(offsets.newest_kafka_at, wanted.newest_kafka_at),
      stored_rows = offsets.stored_rows + wanted.rows,
      dead_letters = offsets.dead_letters + wanted.dead_letters,
      updated_at = ops.now()
    from wanted
    join ops.sources
      on sources.source_id = wanted.source_id
      and sources.generation = wanted.generation
    where offsets.source_id = wanted.source_id
      and offsets.generation = wanted.generation
      and offsets.kafka_partition = wanted.partition
      and offsets.next_offset = wanted.from_offset
      and offsets.next_batch_no = wanted.batch_no
    returning wanted.*
  )
  insert into ops.batches (
    source_id, generation, kafka_partition, batch_no, kind, from_offset, first_offset, last_offset,
    next_offset, row_count, dead_letter_count, byte_count, newest_kafka_at
  )
  select
    moved.source_id, moved.generation, moved.partition, moved.batch_no,
    case when moved.first_offset is null then 'empty' else 'log' end,
    moved.from_offset, moved.first_offset, moved.last_offset, moved.next_offset,
    moved.rows, moved.dead_letters, moved.bytes, moved.newest_kafka_at
  from moved;

  get diagnostics v_moved = row_count;
  if v_moved <> v_wanted then
    raise exception 'Positions moved elsewhere: % of % partitions are where the copy began', v_moved, v_wanted
      using errcode = 'SL001',
        hint = 'Another ingester stored them, or the source was reset. Read positions again and seek.';
  end if;

  insert into ops.dead_letters (
    source_id, generation, kafka_partition, kafka_offset, stage, batch_no, kafka_at, kafka_key, payload,
    headers, sqlstate, message
  )
  select
    letters.source_id, letters.generation, letters.partition, letters.offset, 'ingest', letters.batch_no,
    letters.kafka_at, decode(letters.key, 'base64'), decode(letters.payload, 'base64'), letters.headers,
    letters.sqlstate, letters.message
  from jsonb_to_recordset(p_dead_letters) as letters (
    source_id int, generation smallint, partition int, batch_no bigint, "offset" bigint,
    kafka_at timestamptz, key text, payload text, headers jsonb, sqlstate text, message text
  );
  -- wakes the ticks, once this is committed
  perform pg_notify('sluice_batches', '');
end
$$;

grant execute on function ops.advance(jsonb, jsonb) to sluice_ingest;
