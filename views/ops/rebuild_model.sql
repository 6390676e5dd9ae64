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
as $$
declare
  v_model ops.stored_model := ops.find_model(p_model);
  v_started_at timestamptz := clock_timestamp();
  v_work_mem text := ops.widen_work_mem();
  v_is_empty boolean := not exists (
    select
    from ops.model_progress as progress
    where progress.model = p_model
      and progress.version = v_model.version
  );
  v_is_filled boolean := false;
  v_rows bigint;
  v_state text;
  v_message text;
begin
  if v_model.kind = 'incremental' and v_is_empty then
    begin
      v_rows := ops.fill_model(v_model);
      v_is_filled := true;
    exception
      when others then
        get stacked diagnostics v_state = returned_sqlstate, v_message = message_text;
        if ops.is_fault_of_surroundings(v_state) then
          raise;
        end if;
        raise exception '%', ops.model_error(v_model, v_state, v_message) using errcode = 'SL032';
    end;
    perform ops.record_run(v_model, v_rows, clock_timestamp() - v_started_at);
  elsif v_is_empty and to_regproc(format('store.%I', v_model.store_name || '_fill')) is not null then
    begin
      perform ops.take_all(p_model, p_is_filling => true);
      v_is_filled := true;
    exception
      when others then
        get stacked diagnostics v_state = returned_sqlstate;
        if ops.is_fault_of_surroundings(v_state) then
          raise;
        end if;
        -- such as a key that no index can hold: with its indexes the event is found
    end;
  end if;

  if not v_is_filled then
    perform ops.take_all(p_model, p_is_filling => false);
  end if;
  perform set_config('work_mem', v_work_mem, true);
  perform ops.attach_model(p_model);
end
$$;
