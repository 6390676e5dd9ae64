-- Inserts the events of dead letters of one partition into its bronze table, but for those that it has already.
-- Returns the offsets that were inserted. SL015 when an event still can't be stored.
-- kind: routine
create or replace function ops.copy_letters_to_bronze(
  p_table text,
  p_letters ops.dead_letters[],
  p_batch_no bigint,
  p_mend jsonb
) returns bigint[]
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_stored bigint[];
begin
  execute format(
    $sql$
      with inserted as (
        insert into bronze.%1$I (
          generation, kafka_partition, kafka_offset, batch_no, kafka_at, kafka_key, headers, payload
        )
        select
          letters.generation, letters.kafka_partition, letters.kafka_offset, $2,
          events.kafka_at, events.kafka_key, letters.headers, events.payload
        from unnest($1) as letters
        cross join lateral ops.event_of_letter(letters, $3) as events
        where not exists (
          select
          from bronze.%1$I as stored
          where stored.generation = letters.generation
            and stored.kafka_partition = letters.kafka_partition
            and stored.kafka_offset = letters.kafka_offset
        )
        order by letters.kafka_offset
        returning kafka_offset
      )
      select coalesce(array_agg(kafka_offset), '{}') from inserted
    $sql$,
    p_table
  )
  into v_stored
  using p_letters, p_batch_no, p_mend;
  return v_stored;
end
$$;
