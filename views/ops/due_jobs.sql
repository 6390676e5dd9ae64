-- The jobs that a worker should run now and nobody runs, the longest due first: by their turns, and refreshes of materialized models that
-- are level below only since the last one. Those of pg_cron only when it has missed its turn for a while: it may be
-- switched off.
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
      case
        when jobs.last_started_at <= clock_timestamp() + interval '1 minute' then jobs.last_started_at + jobs.every
        -- it never ran; or the clock was ahead then, and has been set back
        else least(jobs.created_at, clock_timestamp())
      end
        + case jobs.runner when 'pg_cron' then jobs.every + interval '1 minute' else interval '0' end
  ) as turns (due_at)
  where not exists (select from ops.running_jobs as running where running.job_name = jobs.job_name)
    and (
      turns.due_at <= clock_timestamp()
      or exists (
        select
        from ops.models
        cross join lateral ops.data_below(models.depends_on) as below
        where 'refresh ' || models.model = jobs.job_name
          and models.kind = 'materialized'
          and not models.was_level
          and below.is_level
          -- one that fails waits for its turn
          and jobs.last_is_ok is not false
      )
    )
  order by turns.due_at
$$;

grant execute on function ops.due_jobs() to sluice_refresh;
