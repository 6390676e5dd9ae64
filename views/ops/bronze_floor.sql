-- When the oldest day begins that a bronze table still has; infinity when it has none.
-- kind: routine
create or replace function ops.bronze_floor(p_table text)
returns timestamptz
language sql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
  select coalesce(min(to_date(right(pg_class.relname, 8), 'YYYYMMDD')), 'infinity')::timestamptz
  from pg_inherits
  join pg_class on pg_class.oid = pg_inherits.inhrelid
  where pg_inherits.inhparent = to_regclass(format('bronze.%I', p_table))
$$;
