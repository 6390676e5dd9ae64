-- The jobs that a worker should run now, the longest due first. Those of pg_cron only when it has missed
-- its turn for a while: it may be switched off.
-- kind: routine
create or replace function ops.due_jobs()
returns table (job_name text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select jobs.job_name
  from ops.jobs
  cross join lateral (
    select
      coalesce(jobs.last_started_at + jobs.every, jobs.created_at)
        + case jobs.runner when 'pg_cron' then jobs.every + interval '1 minute' else interval '0' end
  ) as turns (due_at)
  where turns.due_at <= clock_timestamp()
  order by turns.due_at
$$;

grant execute on function ops.due_jobs() to sluice_refresh;
