-- One step of catching up, of the first model that is far behind and that nobody else works on: its newest missing
-- batches or slices, so many that a step takes about 2 s. Returns the model's name; null when there is none.
-- Any number of sessions may call it side by side; ticks go on meanwhile. work_mem is wide until the transaction ends.
-- kind: routine
create or replace function ops.catch_up()
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set jit = off
set random_page_cost = 0.1
as $$
declare
  c_attachable constant bigint := 50000;
  c_filled constant bigint := 1000000;
  v_model text;
  v_stored ops.stored_model;
  v_rows bigint;
  v_taken bigint;
  v_started_at timestamptz;
begin
  perform ops.lock_models_as_they_are();
  for v_model in
    select models.model
    from ops.stored_models as models
    where not models.is_live
      and ops.is_to_retry(models.retry_at)
    order by
      -- what hindered one a moment ago shall not keep the others waiting
      exists (
        select
        from ops.tick_faults as faults
        where faults.subject = models.model
          and faults.last_at > clock_timestamp() - interval '2 minutes'
      ),
      models.kind in ('incremental', 'routine'), models.newest_event_at nulls first, models.model
  loop
    continue when not pg_try_advisory_xact_lock(hashtext('sluice model'), hashtext(v_model));
    v_stored := ops.find_model(v_model);
    continue when v_stored.is_live;
    continue when exists (select from ops.awaited_entities as awaited where awaited.model = v_model);
    -- the next tick takes it in
    continue when ops.rows_behind(v_model, c_attachable) <= c_attachable;
    v_started_at := clock_timestamp();
    select case when ops.is_to_fill(v_stored) then c_filled else states.chunk_rows end
    into v_rows
    from ops.stored_models as states
    where states.model = v_model;
    perform ops.analyze_young_tables(array[v_model]);
    perform ops.widen_work_mem();
    begin
      v_taken := ops.run_model(v_model, ops.old_batches(v_model, v_rows), v_rows);
    exception
      when sqlstate 'SL023' then
        -- the next step takes the events
        perform ops.make_missing_partitions(v_model, v_rows);
        return v_model;
    end;
    if v_taken is not null then
      update ops.model_states
      set chunk_rows = case
          -- a step that was not full, or that filled empty tables, says little of how long one takes
          when v_taken < v_rows or v_rows <> model_states.chunk_rows then model_states.chunk_rows
          else ops.next_chunk_rows(model_states.chunk_rows, clock_timestamp() - v_started_at)
        end,
        failed_at = null,
        retry_at = null
      from ops.models
      where models.model = v_model
        and model_states.model = v_model
        and model_states.version = models.store_version;
      update ops.models set error = null where models.model = v_model and models.error is not null;
    end if;
    return v_model;
  end loop;
  return null;
end
$$;

grant execute on function ops.catch_up() to sluice_refresh;
