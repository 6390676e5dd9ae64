-- Ends the incidents of a file.
-- kind: routine
create or replace function ops.resolve_file_incidents(p_source_id int, p_generation smallint, p_partition int)
returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  update ops.incidents
  set resolved_at = ops.now()
  where incidents.source_id = p_source_id
    and incidents.generation = p_generation
    and incidents.kafka_partition = p_partition
    and incidents.resolved_at is null
$$;
