-- Ends a source. Its table and positions stay, so that ops.add_source goes on where it ended;
-- p_purge drops both, with every stored event.
-- Errors: SL013 unknown topic, SL024 a purge while models read the table.
-- kind: routine
create or replace function ops.drop_source(p_topic text, p_purge boolean default false)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_source_id int := ops.find_source(p_topic);
  v_table text;
  v_readers text;
begin
  if not p_purge then
    update ops.sources set is_dropped = true where sources.source_id = v_source_id;
    return;
  end if;
  select sources.table_name into v_table from ops.sources where sources.source_id = v_source_id;
  select string_agg(models.model, ', ' order by models.model)
  into v_readers
  from ops.models
  where 'bronze.' || v_table = any (models.depends_on);
  if v_readers is not null then
    raise exception 'Source "%" can''t be purged: models read bronze.%: %', p_topic, v_table, v_readers
      using errcode = 'SL024', hint = 'Delete their files and run sluice apply --prune first. Without p_purge it is no longer read, and all stays.';
  end if;
  -- a replay that runs is waited for: it writes where we delete
  perform pg_advisory_xact_lock(hashtext('sluice dead letters'), v_source_id);
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
