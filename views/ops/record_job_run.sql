-- Writes down how a run of a job went: in its history, and as its last one. p_message: what went wrong; null when
-- nothing did. Nothing for a job that is there no more.
-- kind: routine
create or replace function ops.record_job_run(p_job_name text, p_started_at timestamptz, p_message text)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into ops.job_runs (job_name, started_at, ended_at, is_ok, message)
  select jobs.job_name, p_started_at, clock_timestamp(), p_message is null, p_message
  from ops.jobs
  where jobs.job_name = p_job_name;

  update ops.jobs
  set last_started_at = p_started_at,
    last_ended_at = clock_timestamp(),
    last_is_ok = p_message is null,
    last_message = p_message
  where jobs.job_name = p_job_name;
$$;

grant execute on function ops.record_job_run(text, timestamptz, text) to sluice_refresh;
