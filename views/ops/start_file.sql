-- Reads a stopped file on: it is again what was read before.
-- kind: routine
create or replace function ops.start_file(p_source_id int, p_generation smallint, p_partition int)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  update ops.files
  set stopped_reason = null, stopped_at = null
  where files.source_id = p_source_id
    and files.generation = p_generation
    and files.kafka_partition = p_partition
    and files.replaced_at is null;

  select ops.resolve_file_incidents(p_source_id, p_generation, p_partition);
$$;

grant execute on function ops.start_file(int, smallint, int) to sluice_ingest;
