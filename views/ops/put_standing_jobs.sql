-- Declares the jobs that every installation has, and what pg_cron needs to run them. Called by migrate.
-- kind: routine
create or replace function ops.put_standing_jobs()
returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  -- an apply that makes some is waited for until it ends
  select ops.put_job(
    'make bronze partitions',
    'select ops.make_bronze_partitions() from pg_advisory_xact_lock(hashtext(''sluice partitions''))',
    interval '1 hour'
  );
  select ops.put_job('drop expired partitions', 'select ops.drop_expired_partitions()', interval '1 hour');
  select ops.put_job('forget old job runs', 'select ops.forget_job_runs()', interval '1 hour');
  select ops.put_job('forget old model runs', 'select ops.forget_model_runs()', interval '1 hour');
  select ops.put_job('make event partitions', 'select ops.make_partitions_ahead()', interval '1 hour');
  -- a worker ticks by itself
  select ops.put_job('beat', 'select ops.beat()', interval '1 minute')
  where exists (select from pg_extension where extname = 'pg_cron');
  select ops.set_cron_session() where exists (select from pg_extension where extname = 'pg_cron');
$$;
