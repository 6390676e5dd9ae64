-- Drops the bronze partitions that lie wholly before their source's retention. Returns how many.
-- Waits at most 100 ms for each table's lock: the next run tries again.
-- kind: routine
create or replace function ops.drop_expired_partitions()
returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set lock_timeout = '100ms'
as $$
declare
  v_expired record;
  v_dropped int := 0;
begin
  for v_expired in
    select pg_class.relname as partition_name
    from ops.sources
    join pg_inherits on pg_inherits.inhparent = format('bronze.%I', sources.table_name)::regclass
    join pg_class on pg_class.oid = pg_inherits.inhrelid
    where sources.retain is not null
      and to_date(right(pg_class.relname, 8), 'YYYYMMDD') + 1 <= ops.now() - sources.retain
    order by 1
  loop
    execute format('drop table bronze.%I', v_expired.partition_name);
    v_dropped := v_dropped + 1;
  end loop;
  return v_dropped;
end
$$;

grant execute on function ops.drop_expired_partitions() to sluice_refresh;
