-- The batches that an event or entity model catches up on next: the newest (or the oldest) that live
-- models have and it lacks, about p_rows events.
-- kind: routine
create or replace function ops.old_batches(
  p_model text,
  p_rows bigint,
  p_is_newest_first boolean default true
) returns ops.batch_range[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with missing as (
    select behind.source_id, behind.generation, behind.kafka_partition, unnest(behind.missing) as batch_nos
    from ops.batches_to_catch_up as behind
    where behind.model = p_model
  )
  select ops.choose_batches(
    array(
      select row(
        source_id, generation, kafka_partition, lower(batch_nos), upper(batch_nos) - 1,
        null, null, null, null, null
      )::ops.batch_range
      from missing
    ),
    p_rows,
    p_is_newest_first => p_is_newest_first
  )
$$;
