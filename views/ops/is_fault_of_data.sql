-- Whether an error is one of the event itself: data (22), constraints (23), limits of size (54), and what models
-- raise themselves (P0001). A missing partition is a constraint without a name, and no fault of the event.
-- kind: routine
create or replace function ops.is_fault_of_data(p_sqlstate text, p_constraint_name text)
returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select (left(p_sqlstate, 2) in ('22', '23', '54') or p_sqlstate = 'P0001')
    and not (p_sqlstate = '23514' and coalesce(p_constraint_name, '') = '')
$$;
