-- Of events with the same key in one partition of an event table (of one day, where it is made of days) the first stays: of the oldest slice, and of one slice
-- that of the lowest offset. For tables that were filled without their indexes.
-- kind: routine
create or replace function ops.drop_repeated_events(p_model ops.stored_model)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_layout ops.event_layout := ops.event_layout_of(p_model.model, p_model.store_name);
  v_day text := case v_layout.unit
    when 'day' then format('(%I at time zone ''UTC'')::date', v_layout.time_column) else 'null::date'
  end;
  v_partition regclass;
begin
  if v_layout.key is null then
    return;
  end if;
  for v_partition in
    select pg_inherits.inhrelid
    from pg_inherits
    where pg_inherits.inhparent = format('store.%I', p_model.store_name)::regclass
    order by 1
  loop
    execute format(
      $sql$
        with repeated as (
          select %1$s, %3$s as sluice_day
          from %2$s
          group by %1$s, sluice_day
          having count(*) > 1
        ),
        places as (
          select
            stored.ctid,
            row_number() over (
              partition by %1$s, %3$s
              order by slice_no, sluice_offset
            ) as place
          from %2$s as stored
          -- keys that hold a null repeat nothing
          join repeated using (%1$s)
          where repeated.sluice_day is not distinct from %3$s
        ),
        dropped as (
          delete from %2$s as stored
          using places
          where stored.ctid = places.ctid
            and places.place > 1
          returning stored.slice_no
        )
        update ops.slices
        set row_count = slices.row_count - dropped.row_count
        from (
          select slice_no, count(*) as row_count
          from dropped
          group by slice_no
        ) as dropped
        where slices.model = $1
          and slices.version = $2
          and slices.slice_no = dropped.slice_no
      $sql$,
      v_layout.key, v_partition, v_day
    )
    using p_model.model, p_model.version;
  end loop;
end
$$;
