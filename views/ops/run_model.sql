-- Brings one model on, as part of a tick or of catching up: batches into an event or entity table, or all missing
-- slices into an incremental model (the newest p_rows rows of them where that is given). Returns how many rows that were;
-- null when it failed.
-- A model that fails on its own is set back to before, detached, and its error written down; so is one that
-- took longer than 15 s in a tick, which keeps what it did: of the ticks in which it catches up only once it was so slow
-- before. Deadlocks, cancels, a full disk and the like are raised, with the
-- model as the error's table; unless the model is to blame for them. So is SL023, a missing partition: the caller makes it by ops.make_missing_partitions.
-- The caller holds the model's lock.
-- kind: routine
create or replace function ops.run_model(
  p_model text,
  p_ranges ops.batch_range[] default '{}',
  p_rows bigint default null
) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_budget constant interval := interval '15 seconds';
  v_model ops.stored_model;
  v_started_at timestamptz := clock_timestamp();
  v_state text;
  v_message text;
  v_detail text;
  v_rows bigint;
  v_took interval;
begin
  v_model := ops.find_model(p_model);
  begin
    if v_model.kind in ('event', 'entity') then
      v_rows := ops.take_batches(v_model, p_ranges);
    else
      v_rows := ops.apply_slices(v_model, p_rows);
    end if;
  exception
    when others then
      get stacked diagnostics
        v_state = returned_sqlstate, v_message = message_text, v_detail = pg_exception_detail;
      if v_state = 'SL023' then
        raise;
      elsif ops.is_fault_of_surroundings(v_state) and not ops.is_to_blame(p_model, v_state) then
        raise exception using errcode = v_state, message = v_message, detail = v_detail, table = p_model;
      end if;
      perform ops.detach_model(
        p_model, ops.model_error(v_model, v_state, v_message), clock_timestamp() - v_started_at
      );
      return null;
  end;

  v_took := clock_timestamp() - v_started_at;
  if v_rows is not null then
    perform ops.record_run(v_model, v_rows, v_took);
  end if;
  if p_rows is null and v_took > c_budget and (v_model.is_live or ops.is_slow(p_model)) then
    perform ops.detach_model(
      p_model, format('It took %s in a tick', date_trunc('milliseconds', v_took)), v_took
    );
    return null;
  end if;
  return coalesce(v_rows, 0);
end
$$;
