-- Takes dead letters away and keeps a line of each in ops.settled_letters.
-- p_stored: the offsets that a replay stored, null for discarded letters. p_mend: as for ops.replay_ingest_letters.
-- kind: routine
create or replace function ops.settle_dead_letters(
  p_letters ops.dead_letters[],
  p_stored bigint[] default null,
  p_batch_no bigint default null,
  p_mend jsonb default '{}'
) returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  delete from ops.dead_letters
  using unnest(p_letters) as settled
  where dead_letters.source_id = settled.source_id
    and dead_letters.generation = settled.generation
    and dead_letters.kafka_partition = settled.kafka_partition
    and dead_letters.kafka_offset = settled.kafka_offset
    and dead_letters.stage = settled.stage;

  insert into ops.settled_letters (
    source_id, generation, kafka_partition, kafka_offset, stage, outcome, batch_no, sqlstate, message, failed_at,
    original, mended
  )
  select
    letters.source_id, letters.generation, letters.kafka_partition, letters.kafka_offset, letters.stage,
    case
      when p_stored is null then 'discarded'
      when letters.kafka_offset = any (p_stored) then 'replayed'
      else 'stored before'
    end,
    case when letters.kafka_offset = any (p_stored) then p_batch_no end,
    letters.sqlstate, letters.message, letters.failed_at,
    case
      when p_mend <> '{}' then jsonb_build_object(
        'payload', translate(encode(letters.payload, 'base64'), E'\n', ''),
        'kafka_key', translate(encode(letters.kafka_key, 'base64'), E'\n', ''),
        'kafka_at', letters.kafka_at
      )
    end,
    nullif(p_mend, '{}')
  from unnest(p_letters) as letters
  order by letters.generation, letters.kafka_partition, letters.kafka_offset
$$;
