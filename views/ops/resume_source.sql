-- Reads a paused or stopped source on from its positions.
-- kind: routine
create or replace function ops.resume_source(p_topic text)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  update ops.sources
  set is_paused = false, stopped_reason = null
  where source_id = ops.find_source(p_topic);

  -- what can't be read still is one again
  update ops.incidents
  set resolved_at = ops.now()
  where source_id = ops.find_source(p_topic)
    and kind = 'unreadable_batch'
    and resolved_at is null
$$;
