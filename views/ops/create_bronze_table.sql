-- Makes the bronze table of a source: partitioned by day of ingested_at, without a default partition
-- and without a unique constraint (see docs/guarantees.md: a frozen client must not hold up others).
-- kind: routine
create or replace function ops.create_bronze_table(p_table text, p_topic text)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format(
    $sql$
      create table bronze.%1$I (
        generation smallint not null,
        kafka_partition int not null,
        kafka_offset bigint not null,
        batch_no bigint not null,
        kafka_at timestamptz not null,
        kafka_key text,
        headers jsonb,
        payload jsonb,
        ingested_at timestamptz not null default ops.now()
      ) partition by range (ingested_at);
      create index %2$I on bronze.%1$I (kafka_partition, kafka_offset);
      comment on table bronze.%1$I is %3$L
    $sql$,
    p_table, p_table || '_offset_idx', format('Events of topic %s, as they came.', p_topic)
  );
end
$$;
