-- The dead letters of a topic and stage that fit all filters given, in the order of their coordinates, locked until
-- the transaction ends: who comes second waits, and no longer finds what the first has settled.
-- kind: routine
create or replace function ops.lock_dead_letters(
  p_topic text,
  p_stage text,
  p_partition int default null,
  p_offsets bigint[] default null,
  p_generation int default null,
  p_sqlstate text default null
) returns setof ops.dead_letters
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_source_id int := ops.find_source(p_topic);
begin
  -- replays of one source take turns: they count batches downwards
  perform pg_advisory_xact_lock(hashtext('sluice dead letters'), v_source_id);
  return query
    select dead_letters.*
    from ops.dead_letters
    where dead_letters.source_id = v_source_id
      and dead_letters.stage = p_stage
      and (p_partition is null or dead_letters.kafka_partition = p_partition)
      and (p_offsets is null or dead_letters.kafka_offset = any (p_offsets))
      and (p_generation is null or dead_letters.generation = p_generation)
      and (p_sqlstate is null or dead_letters.sqlstate = p_sqlstate)
    order by dead_letters.generation, dead_letters.kafka_partition, dead_letters.kafka_offset
    for update of dead_letters;
end
$$;
