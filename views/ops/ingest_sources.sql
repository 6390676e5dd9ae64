-- What an ingester is to read now: every source that is neither paused, dropped nor stopped.
-- kind: routine
create or replace function ops.ingest_sources()
returns table (source_id int, topic text, table_name text, start_at text, generation smallint)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select sources.source_id, sources.topic, sources.table_name, sources.start_at, sources.generation
  from ops.sources
  where not sources.is_paused
    and not sources.is_dropped
    and sources.stopped_reason is null
  order by sources.source_id
$$;

grant execute on function ops.ingest_sources() to sluice_ingest;
