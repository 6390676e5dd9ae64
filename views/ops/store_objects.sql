-- The tables and functions of schema store that keep one version of a model, as `table store.x` or `function store.f(…)`.
-- kind: routine
create or replace function ops.store_objects(p_model text, p_version int)
returns table (identity text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select format('function %s', pg_proc.oid::regprocedure)
  from pg_proc
  where pg_proc.pronamespace = 'store'::regnamespace
    and pg_proc.proname ~ format('^%s_v%s_(parse|check|take|apply|fill)$', replace(p_model, '.', '_'), p_version)
  union all
  select format('table store.%I', pg_class.relname)
  from pg_class
  where pg_class.relnamespace = 'store'::regnamespace
    and pg_class.relkind in ('r', 'p')
    and not pg_class.relispartition
    and pg_class.relname ~ format('^%s_v%s(_keys|_distinct_\d+)?$', replace(p_model, '.', '_'), p_version)
$$;
