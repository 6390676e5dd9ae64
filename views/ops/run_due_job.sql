-- Runs a job that was due a moment ago, unless somebody has run it since or runs it now. Returns ok, failed or busy.
-- kind: routine
create or replace function ops.run_due_job(p_job_name text)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- with the lock of ops.run_job nobody begins it between the question and the run
  if pg_try_advisory_xact_lock(hashtext('sluice job'), hashtext(p_job_name)) then
    if exists (select from ops.due_jobs() as due where due.job_name = p_job_name) then
      return ops.run_job(p_job_name);
    end if;
  end if;
  return 'busy';
end
$$;

grant execute on function ops.run_due_job(text) to sluice_refresh;
