-- Raises SL020 when only some rows of an event could be stored; called by compiled functions, which then go
-- event by event. Returns 0 otherwise.
-- kind: routine
create or replace function ops.refuse_partial(p_made bigint, p_wanted bigint)
returns bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_made <> p_wanted then
    raise exception 'Only % of % rows of an event could be stored', p_made, p_wanted using errcode = 'SL020';
  end if;
  return 0;
end
$$;
