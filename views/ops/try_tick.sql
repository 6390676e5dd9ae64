-- A tick of one group, for who goes on with others when it fails: what it did is undone then, and the fault written
-- down. Waits a second at most for each lock that somebody holds. Returns how many events it took, and the fault.
-- kind: routine
create or replace function ops.try_tick(p_group text, out events bigint, out fault text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $$
declare
  v_state text;
  v_message text;
  v_table text;
begin
  events := ops.tick(p_group);
exception
  -- others are all but cancels
  when query_canceled or others then
    get stacked diagnostics v_state = returned_sqlstate, v_message = message_text, v_table = table_name;
    events := 0;
    fault := ops.note_tick_fault(p_group, v_table, v_state, v_message);
end
$$;

grant execute on function ops.try_tick(text) to sluice_refresh;
