-- What a tick does once it holds its locks: lets nearly level models in, takes new batches through event and entity
-- models, and their slices through incremental models. Returns how many events it took.
-- Before these the server learns what the tables hold by now: it takes one that was just filled for empty.
-- kind: routine
create or replace function ops.tick_models(p_group text)
returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_events constant bigint := 100000;
  v_live text[];
  v_ranges ops.batch_range[];
  v_behind text[];
  v_model text;
begin
  perform ops.attach_models(p_group);
  v_live := array(
    select model
    from ops.stored_models
    where tick_group = p_group
      and is_live
      and kind in ('event', 'entity')
  );
  v_ranges := ops.new_batches(v_live, c_events);
  if cardinality(v_ranges) > 0 then
    foreach v_model in array v_live loop
      perform ops.run_model(v_model, v_ranges);
    end loop;
  end if;

  v_behind := array(
    select distinct models.model
    from ops.stored_models as models
    join ops.slices_behind as behind using (model, version)
    where models.tick_group = p_group
      and models.is_live
      and not isempty(behind.missing)
    order by models.model
  );
  -- one that finds nothing to do looks at no table
  if cardinality(v_ranges) > 0 or cardinality(v_behind) > 0 then
    perform ops.analyze_young_tables(array(
      select model
      from ops.stored_models
      where tick_group = p_group
        and is_live
    ));
  end if;
  foreach v_model in array v_behind loop
    perform ops.run_model(v_model);
  end loop;
  return coalesce((select sum(row_count) from unnest(v_ranges)), 0);
end
$$;
