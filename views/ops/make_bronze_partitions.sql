-- Makes the missing partitions of one bronze table, or of all: yesterday, today and p_days_ahead days (UTC).
-- Create and attach, so that running COPYs and readers are not locked out. Returns how many were made.
-- kind: routine
create or replace function ops.make_bronze_partitions(
  p_table text default null,
  p_days_ahead int default 3
) returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set lock_timeout = '500ms'
as $$
declare
  v_missing record;
  v_made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('sluice partitions'));
  for v_missing in
    select sources.table_name, days.day, sources.table_name || to_char(days.day, '_YYYYMMDD') as partition_name
    from ops.sources
    cross join generate_series(-1, p_days_ahead) as day_numbers (day_number)
    cross join lateral (select ops.now()::date + day_numbers.day_number as day) as days
    where (p_table is null or sources.table_name = p_table)
      and to_regclass(format('bronze.%I', sources.table_name || to_char(days.day, '_YYYYMMDD'))) is null
    order by 1, 2
  loop
    execute format(
      'create table bronze.%I (like bronze.%I including defaults)',
      v_missing.partition_name, v_missing.table_name
    );
    execute format(
      'alter table bronze.%I attach partition bronze.%I for values from (%L) to (%L)',
      v_missing.table_name, v_missing.partition_name,
      v_missing.day::timestamptz, (v_missing.day + 1)::timestamptz
    );
    v_made := v_made + 1;
  end loop;
  return v_made;
end
$$;

grant execute on function ops.make_bronze_partitions(text, int) to sluice_ingest, sluice_refresh;
