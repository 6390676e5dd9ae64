-- Makes one partition of an event table, unless it is there.
-- kind: routine
create or replace function ops.make_event_partition(
  p_store_name text,
  p_layout ops.event_layout,
  p_from_at timestamptz
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_partition text := p_store_name || to_char(
    p_from_at at time zone 'UTC', case p_layout.unit when 'day' then '_YYYYMMDD' else '_YYYYMM' end
  );
begin
  if to_regclass(format('store.%I', v_partition)) is not null then
    return;
  end if;
  execute format(
    'create table store.%I (like store.%I including defaults) with (autovacuum_analyze_scale_factor = 0.05)',
    v_partition, p_store_name
  );
  execute format('comment on table store.%I is %L', v_partition, format('Partition of store.%s.', p_store_name));
  if p_layout.key is not null then
    execute format('create unique index on store.%I (%s)', v_partition, p_layout.key);
  end if;
  execute format(
    'alter table store.%I attach partition store.%I for values from (%L) to (%L)',
    p_store_name, v_partition, p_from_at, p_from_at + ('1 ' || p_layout.unit)::interval
  );
end
$$;
