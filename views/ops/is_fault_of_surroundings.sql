-- Whether an error is none of the model's or the event's: connection (08), transaction state (25), deadlock and the
-- like (40), resources (53), locks and state of objects (55), operators (57), the system (58), internal (XX). What
-- was being done is tried again. Source of the classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
-- kind: routine
create or replace function ops.is_fault_of_surroundings(p_sqlstate text)
returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select left(p_sqlstate, 2) in ('08', '25', '40', '53', '55', '57', '58', 'XX')
$$;
