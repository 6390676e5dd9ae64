-- Runs a job now, unless it runs already, and records how it went.
-- Returns ok, failed or busy. SL014 for an unknown job.
-- kind: routine
create or replace function ops.run_job(p_job_name text)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_command text;
  v_started_at timestamptz := clock_timestamp();
  v_message text;
  v_is_ok boolean := true;
begin
  select jobs.command into v_command from ops.jobs where jobs.job_name = p_job_name;
  if not found then
    raise exception 'Job "%" is unknown', p_job_name using errcode = 'SL014', hint = 'See ops.jobs.';
  end if;
  if not pg_try_advisory_xact_lock(hashtext('sluice job'), hashtext(p_job_name)) then
    return 'busy';
  end if;

  begin
    execute v_command;
  exception
    when others then
      v_is_ok := false;
      v_message := format('%s (%s)', sqlerrm, sqlstate);
  end;

  insert into ops.job_runs (job_name, started_at, ended_at, is_ok, message)
  values (p_job_name, v_started_at, clock_timestamp(), v_is_ok, v_message);
  update ops.jobs
  set last_started_at = v_started_at,
    last_ended_at = clock_timestamp(),
    last_is_ok = v_is_ok,
    last_message = v_message
  where jobs.job_name = p_job_name;
  return case when v_is_ok then 'ok' else 'failed' end;
end
$$;

grant execute on function ops.run_job(text) to sluice_refresh;
