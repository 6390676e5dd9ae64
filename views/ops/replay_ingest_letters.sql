-- Stores events that failed at ingest in their bronze table: per generation and partition one batch of the ledger,
-- of kind replay, numbered from -1 downwards. What bronze has already is skipped. The letters go, a line of each stays
-- in ops.settled_letters. For ops.replay_dead_letters, which has locked them; they are of one source.
-- p_mend: payload, kafka_key (text) and kafka_at in place of the letter's own; empty for none.
-- kind: routine
create or replace function ops.replay_ingest_letters(p_letters ops.dead_letters[], p_mend jsonb)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_partition record;
  v_letters ops.dead_letters[];
  v_stored bigint[];
  v_counts jsonb := '[]';
  v_table text := (
    select sources.table_name from ops.sources where sources.source_id = p_letters[1].source_id
  );
begin
  perform ops.make_bronze_partitions(v_table);
  for v_partition in
    -- replays alone move lowest_batch_no, and they take turns: the row needs no lock yet
    select offsets.source_id, offsets.generation, offsets.kafka_partition, offsets.lowest_batch_no - 1 as batch_no
    from ops.offsets
    where (offsets.source_id, offsets.generation, offsets.kafka_partition) in (
      select letters.source_id, letters.generation, letters.kafka_partition from unnest(p_letters) as letters
    )
    order by 1, 2, 3
  loop
    v_letters := array(
      select letters
      from unnest(p_letters) as letters
      where letters.generation = v_partition.generation
        and letters.kafka_partition = v_partition.kafka_partition
      order by letters.kafka_offset
    );
    v_stored := ops.copy_letters_to_bronze(v_table, v_letters, v_partition.batch_no, p_mend);
    insert into ops.batches (
      source_id, generation, kafka_partition, batch_no, kind, from_offset, first_offset, last_offset,
      next_offset, row_count, dead_letter_count, byte_count, newest_kafka_at
    )
    select
      v_partition.source_id, v_partition.generation, v_partition.kafka_partition, v_partition.batch_no, 'replay',
      min(letters.kafka_offset), min(letters.kafka_offset), max(letters.kafka_offset),
      max(letters.kafka_offset) + 1, count(*), 0,
      sum(coalesce(octet_length(p_mend ->> 'payload'), octet_length(letters.payload), 0)),
      max(coalesce((p_mend ->> 'kafka_at')::timestamptz, letters.kafka_at))
    from unnest(v_letters) as letters
    where letters.kafka_offset = any (v_stored)
    having count(*) > 0;
    perform ops.settle_dead_letters(v_letters, v_stored, v_partition.batch_no, p_mend);
    v_counts := v_counts || jsonb_build_object(
      'source_id', v_partition.source_id, 'generation', v_partition.generation,
      'partition', v_partition.kafka_partition, 'letters', cardinality(v_letters),
      'stored', cardinality(v_stored), 'batch_no', v_partition.batch_no
    );
  end loop;
  -- at the very end, since an ingester waits while these rows are locked
  perform ops.count_settled_letters(v_counts);
  -- wakes the ticks, once this is committed
  perform pg_notify('sluice_batches', '');
end
$$;
