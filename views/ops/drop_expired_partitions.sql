-- Drops the bronze partitions that lie wholly before their source's retention. Returns how many.
-- Waits at most 100 ms for each table's lock: one that is in use is left for the next run, and keeps no other. Those that
-- stay for a day are in ops.health.
-- kind: routine
create or replace function ops.drop_expired_partitions()
returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $$
declare
  v_expired record;
  v_dropped int := 0;
begin
  for v_expired in
    select
      string_agg(format('bronze.%I', partitions.partition_name), ', ' order by partitions.partition_name) as names,
      count(*) as number
    from ops.expired_partitions as partitions
    group by partitions.table_name
    order by partitions.table_name
  loop
    begin
      execute format('drop table %s', v_expired.names);
      v_dropped := v_dropped + v_expired.number;
    exception
      when lock_not_available then
        null;
    end;
  end loop;
  return v_dropped;
end
$$;

grant execute on function ops.drop_expired_partitions() to sluice_refresh;
