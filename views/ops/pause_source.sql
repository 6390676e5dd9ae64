-- Stops reading a source until ops.resume_source; positions stay. A running ingester follows within 5 s.
-- kind: routine
create or replace function ops.pause_source(p_topic text)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  update ops.sources set is_paused = true where source_id = ops.find_source(p_topic)
$$;
