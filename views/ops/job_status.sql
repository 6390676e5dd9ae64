-- How each job is doing: who runs it, how its last run went, whether it is overdue, and whether it runs now.
-- kind: view
select
  jobs.job_name,
  jobs.runner,
  extract(epoch from jobs.every)::numeric(12, 0) as every_s,
  jobs.last_started_at,
  extract(epoch from jobs.last_ended_at - jobs.last_started_at)::numeric(12, 3) as last_seconds,
  jobs.last_is_ok,
  jobs.last_message,
  running.job_name is null
  and case
    -- not one of a clock that has been set back since
    when jobs.last_ended_at <= ops.now() + interval '1 minute' then jobs.last_ended_at
    else jobs.created_at
  end + 2 * jobs.every + interval '90 seconds' < ops.now() as is_overdue,
  running.job_name is not null as is_running
from ops.jobs
left join ops.running_jobs as running using (job_name)
