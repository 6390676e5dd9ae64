-- Counts what is stored of ranges of a log: bronze rows, the distinct offsets among them, and dead letters of
-- ingest. Exactly once means row_count = offset_count, and row_count + dead_letter_count = the records Kafka has there.
-- p_ranges: objects with topic, partition, from_offset, next_offset (exclusive), in the current generation.
-- kind: routine
create or replace function ops.count_stored(p_ranges jsonb)
returns table (
  topic text,
  kafka_partition int,
  row_count bigint,
  offset_count bigint,
  dead_letter_count bigint
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_range record;
begin
  for v_range in
    select sources.source_id, sources.table_name, sources.generation, ranges.*
    from jsonb_to_recordset(p_ranges) as ranges (
      topic text, partition int, from_offset bigint, next_offset bigint
    )
    join ops.sources using (topic)
  loop
    topic := v_range.topic;
    kafka_partition := v_range.partition;
    execute format(
      $sql$
        select count(*), count(distinct kafka_offset)
        from bronze.%I
        where generation = $1
          and kafka_partition = $2
          and kafka_offset >= $3
          and kafka_offset < $4
      $sql$,
      v_range.table_name
    )
    into row_count, offset_count
    using v_range.generation, v_range.partition, v_range.from_offset, v_range.next_offset;

    select count(*) into dead_letter_count
    from ops.dead_letters
    where dead_letters.source_id = v_range.source_id
      and dead_letters.generation = v_range.generation
      and dead_letters.kafka_partition = v_range.partition
      and dead_letters.kafka_offset >= v_range.from_offset
      and dead_letters.kafka_offset < v_range.next_offset
      and dead_letters.stage = 'ingest';
    return next;
  end loop;
end
$$;

grant execute on function ops.count_stored(jsonb) to sluice_refresh, analyst;
