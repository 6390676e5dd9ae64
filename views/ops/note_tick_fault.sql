-- Writes down what undid a tick, or a step of catching up: outside of what was undone. Returns it in words.
-- p_table: the error's table, in which ops.run_model names the model; null or another table when it was not there.
-- kind: routine
create or replace function ops.note_tick_fault(p_subject text, p_table text, p_sqlstate text, p_message text)
returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_model text := (select models.model from ops.models where models.model = p_table);
begin
  insert into ops.tick_faults (subject, model, sqlstate, message)
  values (coalesce(p_subject, v_model, 'catching up'), v_model, p_sqlstate, p_message)
  on conflict (subject) do update
  set times = case
      when (tick_faults.model, tick_faults.sqlstate) is not distinct from (excluded.model, excluded.sqlstate)
        then tick_faults.times + 1
      else 1
    end,
    model = excluded.model,
    sqlstate = excluded.sqlstate,
    message = excluded.message,
    last_at = excluded.last_at;
  return format('%s%s (%s)', v_model || ': ', p_message, p_sqlstate);
end
$$;
