-- Declares or changes a job: one SQL statement, run every so often through ops.run_job.
-- pg_cron runs it where it is installed and can; else the worker. A changed job keeps its history.
-- kind: routine
create or replace function ops.put_job(p_job_name text, p_command text, p_every interval)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_schedule text := ops.cron_schedule(p_every);
begin
  insert into ops.jobs (job_name, command, every, runner)
  values (p_job_name, p_command, p_every, case when v_schedule is null then 'worker' else 'pg_cron' end)
  on conflict (job_name) do update
  set command = excluded.command, every = excluded.every, runner = excluded.runner
  where (jobs.command, jobs.every, jobs.runner) is distinct from
    (excluded.command, excluded.every, excluded.runner);

  if exists (select from pg_extension where extname = 'pg_cron') then
    perform ops.sync_cron_job(p_job_name, v_schedule);
  end if;
end
$$;
