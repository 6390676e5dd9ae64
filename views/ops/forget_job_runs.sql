-- Deletes the history of jobs that is older than p_keep, pg_cron's own included. Returns how many rows.
-- kind: routine
create or replace function ops.forget_job_runs(p_keep interval default '7 days')
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_deleted bigint;
begin
  delete from ops.job_runs where job_runs.started_at < ops.now() - p_keep;
  get diagnostics v_deleted = row_count;
  if exists (select from pg_extension where extname = 'pg_cron') then
    delete from cron.job_run_details where job_run_details.end_time < ops.now() - p_keep;
  end if;
  return v_deleted;
end
$$;
