-- Makes the partitions of event tables for this day or month and the next, so that ticks find them.
-- kind: routine
create or replace function ops.make_partitions_ahead()
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_model record;
  v_layout ops.event_layout;
begin
  for v_model in select model, store_name from ops.stored_models where kind = 'event' order by model loop
    v_layout := ops.event_layout_of(v_model.model, v_model.store_name);
    perform ops.make_event_partition(
      v_model.store_name, v_layout,
      date_trunc(v_layout.unit, ops.now(), 'UTC') + units.number * ('1 ' || v_layout.unit)::interval
    )
    from generate_series(0, 1) as units (number);
  end loop;
end
$$;
