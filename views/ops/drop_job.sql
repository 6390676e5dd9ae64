-- Ends a job and forgets its history.
-- kind: routine
create or replace function ops.drop_job(p_job_name text)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform ops.sync_cron_job(p_job_name, null);
  end if;
  delete from ops.jobs where jobs.job_name = p_job_name;
end
$$;
