-- Raises SL024; called by compiled functions for an event that is of another partition than those that come now, which then
-- look for its key as it is done for any time.
-- kind: routine
create or replace function ops.refuse_other_partition()
returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'An event is of another partition' using errcode = 'SL024';
end
$$;
