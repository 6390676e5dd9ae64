-- What the error of a model says to its reader, with the SQLSTATE.
-- kind: routine
create or replace function ops.model_error(p_model ops.stored_model, p_state text, p_message text)
returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when p_state = '23505' and p_model.kind = 'incremental' then
      format(
        'Its grain does not tell its rows apart: several have the same %s (%s)',
        (select models.header ->> 'grain' from ops.models where models.model = p_model.model), p_state
      )
    else format('%s (%s)', p_message, p_state)
  end
$$;
