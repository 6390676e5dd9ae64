-- Makes the partition of an event table that a time falls in, unless it is there: of its unit; of days that are long
-- past, one for the month. There are few events of each, and every query holds a lock on each partition that it may
-- read. Its keys are told apart by day all the same. Returns whether it made one.
-- kind: routine
create or replace function ops.make_event_partition(
  p_store_name text,
  p_layout ops.event_layout,
  p_at timestamptz
) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_days constant interval := interval '90 days';
  v_month timestamptz := date_trunc('month', p_at, 'UTC');
  v_month_name text := p_store_name || to_char(p_at at time zone 'UTC', '_YYYYMM');
  v_is_day boolean := p_layout.unit = 'day' and (
    v_month > ops.now() - c_days
    -- days of it were made while they were new
    or exists (
      select
      from pg_inherits
      join pg_class on pg_class.oid = pg_inherits.inhrelid
      where pg_inherits.inhparent = format('store.%I', p_store_name)::regclass
        and pg_class.relname ~ ('_' || to_char(p_at at time zone 'UTC', 'YYYYMM') || '\d\d$')
    )
  );
  v_partition text := case
    when v_is_day then p_store_name || to_char(p_at at time zone 'UTC', '_YYYYMMDD') else v_month_name
  end;
  v_from_at timestamptz := case when v_is_day then date_trunc('day', p_at, 'UTC') else v_month end;
begin
  if to_regclass(format('store.%I', v_partition)) is not null
    or to_regclass(format('store.%I', v_month_name)) is not null
  then
    return false;
  end if;
  execute format(
    'create table store.%I (like store.%I including defaults) with (autovacuum_analyze_scale_factor = 0.05)',
    v_partition, p_store_name
  );
  execute format('comment on table store.%I is %L', v_partition, format('Partition of store.%s.', p_store_name));
  if p_layout.key is not null then
    execute format(
      'create unique index on store.%I (%s%s)',
      v_partition, p_layout.key,
      case
        when p_layout.unit = 'day' and not v_is_day
        then format(', ((%I at time zone ''UTC'')::date)', p_layout.time_column)
      end
    );
  end if;
  execute format(
    'alter table store.%I attach partition store.%I for values from (%L) to (%L)',
    p_store_name, v_partition, v_from_at,
    v_from_at + case when v_is_day then interval '1 day' else interval '1 month' end
  );
  return true;
end
$$;
