-- Gives the sessions in which pg_cron runs jobs, those of sluice_owner in this database, what workers set in theirs: a
-- tick needs read committed, and what a job takes is its own affair.
-- kind: routine
create or replace function ops.set_cron_session()
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanted record;
begin
  for v_wanted in
    select wanted.name, wanted.setting
    from (values ('default_transaction_isolation', 'read committed'), ('statement_timeout', '0'))
      as wanted (name, setting)
    where not exists (
      select
      from pg_db_role_setting as settings
      join pg_database on pg_database.oid = settings.setdatabase
      where pg_database.datname = current_database()
        and settings.setrole = 'sluice_owner'::regrole
        and format('%s=%s', wanted.name, wanted.setting) = any (settings.setconfig)
    )
  loop
    execute format(
      'alter role sluice_owner in database %I set %I = %L', current_database(), v_wanted.name, v_wanted.setting
    );
  end loop;
end
$$;
