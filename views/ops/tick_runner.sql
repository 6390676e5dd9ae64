-- Who ticks, in one row: worker, while one is connected; pg_cron, while its heart-beat goes on; else null.
-- kind: view
select
  case
    when exists (
      select
      from pg_locks
      where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())
        and classid = (hashtext('sluice worker')::bigint >> 32 & 4294967295)::oid
        and objid = (hashtext('sluice worker')::bigint & 4294967295)::oid
        and objsubid = 1
        -- the heart-beat holds it alone
        and mode = 'ShareLock'
        and granted
    ) then 'worker'
    when exists (
      select
      from ops.jobs
      where job_name = 'beat'
        and runner = 'pg_cron'
        and (
          last_ended_at > ops.now() - interval '3 minutes'
          -- its turn takes as long as its longest step
          or exists (select from ops.running_jobs where running_jobs.job_name = jobs.job_name)
        )
    ) then 'pg_cron'
  end as runner
