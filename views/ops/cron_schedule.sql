-- Whether pg_cron can run a job in this database at this interval: whole minutes or hours that divide the
-- next unit, from version 1.5 also seconds. Returns the schedule in its syntax, or null.
-- kind: routine
create or replace function ops.cron_schedule(p_every interval)
returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with cron as (
    select regexp_match(extversion, '^(\d+)\.(\d+)')::int[] as version
    from pg_extension
    where extname = 'pg_cron'
  ),
  wanted as (
    select extract(epoch from p_every)::int as seconds
  )
  select
    case
      when wanted.seconds < 60 and cron.version >= array[1, 5] then wanted.seconds || ' seconds'
      when wanted.seconds < 3600 and wanted.seconds % 60 = 0 and 3600 % wanted.seconds = 0
        then format('*/%s * * * *', wanted.seconds / 60)
      when wanted.seconds % 3600 = 0 and 86400 % wanted.seconds = 0
        then format('0 */%s * * *', wanted.seconds / 3600)
    end
  from wanted, cron
$$;
