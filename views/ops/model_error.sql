-- What the error of a model says to its reader, with the SQLSTATE.
-- kind: routine
create or replace function ops.model_error(p_model ops.stored_model, p_state text, p_message text)
returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select format(
    case
      when p_state = '23505' and p_model.kind = 'incremental' then 'Its grain does not tell its rows apart: %s (%s)'
      else '%s (%s)'
    end,
    p_message, p_state
  )
$$;
