-- What ingesters are to redact: the sources that have rules, with them. Asked at the begin of every flush.
-- kind: routine
create or replace function ops.source_redactions()
returns table (source_id int, topic text, redact jsonb, redact_key text, redact_headers jsonb)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select sources.source_id, sources.topic, sources.redact, sources.redact_key, sources.redact_headers
  from ops.sources
  where not sources.is_dropped
    and (sources.redact <> '{}' or sources.redact_key is not null or sources.redact_headers <> '{}')
$$;

grant execute on function ops.source_redactions() to sluice_ingest;
