-- Makes the partitions that the events of ranges of batches need. Create and attach, so that readers of the table are not
-- locked out. Of very many it makes some, and the next call others: each holds several locks until the transaction ends.
-- kind: routine
create or replace function ops.make_event_partitions(
  p_model ops.stored_model,
  p_ranges ops.batch_range[],
  p_bad ops.bad_event[]
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_partitions constant int := 100;
  v_layout ops.event_layout;
  v_day timestamptz;
  v_range ops.batch_range;
  v_no int := 0;
  v_made int := 0;
begin
  v_layout := ops.event_layout_of(p_model.model, p_model.store_name);
  foreach v_range in array p_ranges loop
    v_no := v_no + 1;
    for v_day in
      execute format(
        'select distinct date_trunc(%L, parsed.%I, ''UTC'') from store.%I($1, $2, $3) as parsed order by 1',
        v_layout.unit, v_layout.time_column, p_model.store_name || '_parse'
      )
      using
        v_range, array(select bad.kafka_offset from unnest(p_bad) as bad where bad.range_no = v_no),
        p_model.floor_at
    loop
      v_made := v_made + ops.make_event_partition(p_model.store_name, v_layout, v_day)::int;
      if v_made >= c_partitions then
        return;
      end if;
    end loop;
  end loop;
end
$$;
