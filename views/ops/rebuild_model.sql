-- Fills a new version of a model from all that is stored, within the transaction that makes it: nobody sees it half
-- full. Called by apply, which keeps ticks out meanwhile. Raises the model's error when it fails.
-- kind: routine
create or replace function ops.rebuild_model(p_model text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set jit = off
set random_page_cost = 0.1
-- what is set below ends with the function
set work_mem = '4MB'
as $$
declare
  c_rows constant bigint := 1000000;
  v_model ops.stored_model := ops.find_model(p_model);
  v_started_at timestamptz := clock_timestamp();
  v_is_empty boolean := not exists (
    select
    from ops.model_progress as progress
    where progress.model = p_model
      and progress.version = v_model.version
  );
  v_is_filled boolean := v_model.kind = 'event'
    and v_is_empty
    and exists (
      select
      from ops.store_objects(p_model, v_model.version) as objects
      where starts_with(objects.identity, format('function store.%I(', v_model.store_name || '_fill'))
    );
  v_making text[] := '{}';
  v_statement text;
  v_rows bigint;
  v_state text;
  v_message text;
begin
  -- as much as an index may take that is made
  perform set_config('work_mem', current_setting('maintenance_work_mem'), true);
  perform ops.forget_model_letters(p_model);
  if v_model.kind = 'incremental' and v_is_empty then
    begin
      v_rows := ops.fill_model(v_model);
    exception
      when others then
        get stacked diagnostics v_state = returned_sqlstate, v_message = message_text;
        if ops.is_fault_of_surroundings(v_state) then
          raise;
        end if;
        raise exception '%', ops.model_error(v_model, v_state, v_message) using errcode = 'SL032';
    end;
    perform ops.record_run(v_model, v_rows, clock_timestamp() - v_started_at);
  else
    if v_is_filled then
      v_making := ops.drop_store_indexes(v_model);
    end if;
    while ops.rows_behind(p_model, 1) > 0
      or exists (select from ops.batches_to_catch_up as behind where behind.model = p_model)
    loop
      -- the oldest first, as live: of repeated events the same one stays
      begin
        if ops.run_model(p_model, ops.old_batches(p_model, c_rows, p_is_newest_first => false), c_rows) is null then
          raise exception '%', (select models.error from ops.models where models.model = p_model)
            using errcode = 'SL032';
        end if;
      exception
        when sqlstate 'SL023' then
          perform ops.make_missing_partitions(p_model);
          if v_is_filled then
            v_making := ops.drop_store_indexes(v_model) || v_making;
          end if;
      end;
    end loop;
    -- before an index tells how large they are
    perform ops.analyze_young_tables(array[p_model]);
    if v_is_filled then
      perform ops.drop_repeated_events(v_model);
      foreach v_statement in array v_making loop
        execute v_statement;
      end loop;
    end if;
  end if;
  update ops.model_states
  set is_live = true
  from ops.models
  where models.model = p_model
    and model_states.model = p_model
    and model_states.version = models.store_version;
end
$$;
