-- One step of catching up, for who goes on when it fails: what it did is undone then, and the fault written down.
-- Waits a second at most for each lock that somebody holds. Returns the model that was brought on, and the fault.
-- kind: routine
create or replace function ops.try_catch_up(out model text, out fault text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $$
declare
  v_state text;
  v_message text;
  v_table text;
begin
  model := ops.catch_up();
  delete from ops.tick_faults where tick_faults.subject in (try_catch_up.model, 'catching up');
exception
  -- others are all but cancels
  when query_canceled or others then
    get stacked diagnostics v_state = returned_sqlstate, v_message = message_text, v_table = table_name;
    fault := ops.note_tick_fault(null, v_table, v_state, v_message);
end
$$;

grant execute on function ops.try_catch_up() to sluice_refresh;
