-- Keeps the events that a model could not take as its dead letters, with their bytes as bronze has them.
-- kind: routine
create or replace function ops.add_model_letters(
  p_model ops.stored_model,
  p_ranges ops.batch_range[],
  p_bad ops.bad_event[]
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad ops.bad_event;
  v_range ops.batch_range;
begin
  foreach v_bad in array p_bad loop
    v_range := p_ranges[v_bad.range_no];
    execute format(
      $sql$
        insert into ops.dead_letters (
          source_id, generation, kafka_partition, kafka_offset, stage, batch_no, kafka_at, kafka_key, payload,
          headers, sqlstate, message
        )
        select
          $1, events.generation, events.kafka_partition, events.kafka_offset, $2, events.batch_no, events.kafka_at,
          convert_to(events.kafka_key, 'UTF8'), convert_to(events.payload::text, 'UTF8'), events.headers, $3, $4
        from bronze.%I as events
        where events.generation = $5
          and events.kafka_partition = $6
          and events.kafka_offset = $7
          and events.batch_no between $8 and $9
          and events.ingested_at between $10 and $11
        on conflict (source_id, generation, kafka_partition, kafka_offset, stage) do update
        set sqlstate = excluded.sqlstate, message = excluded.message, failed_at = excluded.failed_at
      $sql$,
      (select sources.table_name from ops.sources where sources.source_id = v_range.source_id)
    )
    using
      v_range.source_id, p_model.model, v_bad.sqlstate, v_bad.message, v_range.generation,
      v_range.kafka_partition, v_bad.kafka_offset, v_range.from_batch, v_range.to_batch, v_range.from_at,
      v_range.to_at;
  end loop;
end
$$;
