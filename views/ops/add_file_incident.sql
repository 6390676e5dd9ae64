-- Writes down what happened to a file; nothing of it is waited for any more, so that ops.lag is about what can be read.
-- kind: routine
create or replace function ops.add_file_incident(
  p_source_id int,
  p_generation smallint,
  p_partition int,
  p_kind text,
  p_message text
) returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into ops.incidents (source_id, generation, kafka_partition, kind, from_offset, message)
  select p_source_id, p_generation, p_partition, p_kind, offsets.next_offset, p_message
  from ops.offsets
  where offsets.source_id = p_source_id
    and offsets.generation = p_generation
    and offsets.kafka_partition = p_partition;

  update ops.offsets
  set end_offset = offsets.next_offset
  where offsets.source_id = p_source_id
    and offsets.generation = p_generation
    and offsets.kafka_partition = p_partition;
$$;
