-- The jobs that others run now: by the lock that ops.run_job holds meanwhile.
-- kind: view
select jobs.job_name
from ops.jobs
where exists (
  select
  from pg_locks
  where pg_locks.locktype = 'advisory'
    and pg_locks.database = (select oid from pg_database where datname = current_database())
    and pg_locks.pid <> pg_backend_pid()
    -- of locks by two numbers
    and pg_locks.objsubid = 2
    and pg_locks.classid::bigint = hashtext('sluice job')::bigint & 4294967295
    and pg_locks.objid::bigint = hashtext(jobs.job_name)::bigint & 4294967295
)
