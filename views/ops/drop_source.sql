-- Ends a source. Its table and positions stay, so that ops.add_source goes on where it ended;
-- p_purge drops both, with every stored event. An error while a model reads the table.
-- kind: routine
create or replace function ops.drop_source(p_topic text, p_purge boolean default false)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_source_id int := ops.find_source(p_topic);
  v_table text;
begin
  if not p_purge then
    update ops.sources set is_dropped = true where sources.source_id = v_source_id;
    return;
  end if;
  -- a replay that runs is waited for: it writes where we delete
  perform pg_advisory_xact_lock(hashtext('sluice dead letters'), v_source_id);
  select sources.table_name into v_table from ops.sources where sources.source_id = v_source_id;
  execute format('drop table bronze.%I', v_table);
  delete from ops.settled_letters where settled_letters.source_id = v_source_id;
  delete from ops.dead_letters where dead_letters.source_id = v_source_id;
  delete from ops.incidents where incidents.source_id = v_source_id;
  delete from ops.batches where batches.source_id = v_source_id;
  delete from ops.files where files.source_id = v_source_id;
  delete from ops.offsets where offsets.source_id = v_source_id;
  delete from ops.sources where sources.source_id = v_source_id;
end
$$;
