-- The offsets of a model's dead letters within a range of batches, discarded ones among them.
-- kind: routine
create or replace function ops.dead_offsets(p_model text, p_range ops.batch_range)
returns bigint[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select letters.kafka_offset
    from ops.dead_letters as letters
    where letters.stage = p_model
      and letters.source_id = p_range.source_id
      and letters.generation = p_range.generation
      and letters.kafka_partition = p_range.kafka_partition
      and letters.kafka_offset between p_range.first_offset and p_range.last_offset
      and letters.batch_no between p_range.from_batch and p_range.to_batch
    union
    select letters.kafka_offset
    from ops.settled_letters as letters
    where letters.outcome = 'discarded'
      and not letters.is_reopened
      and letters.stage = p_model
      and letters.source_id = p_range.source_id
      and letters.generation = p_range.generation
      and letters.kafka_partition = p_range.kafka_partition
      and letters.kafka_offset between p_range.first_offset and p_range.last_offset
  )
$$;
