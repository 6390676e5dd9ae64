-- Raises that an entry of an entity lacks what it is told apart or ordered by; called by compiled functions.
-- Errors: 23502.
-- kind: routine
create or replace function ops.refuse_entry()
returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'The entry''s key or version is null, or one of its times is a word that means the clock'
    using errcode = '23502';
end
$$;
