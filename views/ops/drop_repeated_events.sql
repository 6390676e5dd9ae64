-- Of events with the same key in one partition of an event table the first stays: of the oldest slice, and of one slice
-- that of the lowest offset. For tables that were filled without their indexes.
-- kind: routine
create or replace function ops.drop_repeated_events(p_model ops.stored_model)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text := (ops.event_layout_of(p_model.model, p_model.store_name)).key;
  v_partition regclass;
begin
  if v_key is null then
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
          select %1$s
          from %2$s
          group by %1$s
          having count(*) > 1
        ),
        places as (
          select
            stored.ctid,
            row_number() over (
              partition by %1$s
              order by slice_no, sluice_offset
            ) as place
          from %2$s as stored
          -- keys that hold a null repeat nothing
          join repeated using (%1$s)
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
      v_key, v_partition
    )
    using p_model.model, p_model.version;
  end loop;
end
$$;
