-- Whether a model that failed is to be tried again by now. None is put off for more than an hour: later times come from
-- a clock that has been set back since. Infinity stays until it is taken away.
-- kind: routine
create or replace function ops.is_to_retry(p_retry_at timestamptz)
returns boolean
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  select p_retry_at is null
    or p_retry_at <= clock_timestamp()
    or (p_retry_at > clock_timestamp() + interval '65 minutes' and isfinite(p_retry_at))
$$;
