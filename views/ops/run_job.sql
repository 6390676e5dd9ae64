-- Runs a job now, unless it runs already, and records how it went, a cancel included.
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
    -- others are all but cancels
    when query_canceled or others then
      v_message := format('%s (%s)', sqlerrm, sqlstate);
  end;

  perform ops.record_job_run(p_job_name, v_started_at, v_message);
  return case when v_message is null then 'ok' else 'failed' end;
end
$$;

grant execute on function ops.run_job(text) to sluice_refresh;
