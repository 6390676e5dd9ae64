-- Whether an error that came while an event was read is one of the event: of data, or of another class in which casts
-- have their errors, as of syntax (tsquery, jsonpath) or of what is not supported (date_trunc). Not what was not there
-- or not allowed. See ops.read_nothing: an error that comes without any event is none of one.
-- kind: routine
create or replace function ops.is_fault_of_event(p_sqlstate text, p_constraint_name text)
returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select ops.is_fault_of_data(p_sqlstate, p_constraint_name)
    or (
      not ops.is_fault_of_surroundings(p_sqlstate)
      and p_sqlstate not in ('42501', '42703', '42883', '42P01')
    )
$$;
