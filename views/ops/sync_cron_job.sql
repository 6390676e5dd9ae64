-- Makes pg_cron's entry of a job what it should be: scheduled so, or, where p_schedule is null, absent.
-- kind: routine
create or replace function ops.sync_cron_job(p_job_name text, p_schedule text)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_cron_name text := 'sluice: ' || p_job_name;
  v_command text := format('select ops.run_job(%L)', p_job_name);
begin
  if p_schedule is not null then
    if not exists (
      select
      from cron.job
      where job.jobname = v_cron_name and job.schedule = p_schedule and job.command = v_command
    ) then
      perform cron.schedule(v_cron_name, p_schedule, v_command);
    end if;
  elsif exists (select from cron.job where job.jobname = v_cron_name) then
    perform cron.unschedule(v_cron_name);
  end if;
end
$$;
