-- Begins a new generation of a source: for a topic that was deleted and created anew. Stored events stay,
-- the partitions are read again from p_start (default: the source's own). Returns the new generation.
-- kind: routine
create or replace function ops.reset_source(p_topic text, p_start text default null)
returns smallint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_source_id int := ops.find_source(p_topic);
  v_generation smallint;
begin
  update ops.sources
  set generation = sources.generation + 1,
    start_at = coalesce(p_start, sources.start_at),
    stopped_reason = null
  where sources.source_id = v_source_id
  returning sources.generation into v_generation;

  perform ops.check_source_arguments(sources.topic, sources.table_name, sources.start_at)
  from ops.sources
  where sources.source_id = v_source_id;

  update ops.incidents
  set resolved_at = ops.now()
  where incidents.source_id = v_source_id
    and incidents.kind in ('topic_recreated', 'unreadable_batch')
    and incidents.resolved_at is null;
  return v_generation;
end
$$;
