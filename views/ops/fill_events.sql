-- Fills the empty tables of an event model with all that bronze holds, and makes its indexes afterwards. Of repeated
-- events the one stays that ticks would have stored first. Raises the model's error when it fails.
-- kind: routine
create or replace function ops.fill_events(p_model text)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_rows constant bigint := 1000000;
  c_few constant bigint := 100000;
  v_model ops.stored_model := ops.find_model(p_model);
  v_making text[] := ops.drop_store_indexes(v_model);
  v_statement text;
  v_ranges ops.batch_range[];
  v_range ops.batch_range;
  v_looked_at bigint := c_few;
  v_started_at timestamptz;
begin
  -- what ops.store_ranges asks for
  perform set_config('sluice.filling', p_model, true);
  loop
    v_ranges := ops.old_batches(p_model, c_rows, p_is_newest_first => false);
    exit when cardinality(v_ranges) = 0;
    begin
      -- each range is a slice, in the order of their times: so they tell which event was stored first
      foreach v_range in array v_ranges loop
        if ops.run_model(p_model, array[v_range]) is null then
          raise exception '%', (select models.error from ops.models where models.model = p_model)
            using errcode = 'SL032';
        end if;
      end loop;
      v_looked_at := c_few;
    exception
      when sqlstate 'SL023' then
        -- mostly the first events tell which ones are missing
        perform ops.make_missing_partitions(p_model, v_looked_at);
        v_looked_at := c_rows;
        v_making := ops.drop_store_indexes(v_model) || v_making;
    end;
  end loop;
  perform set_config('sluice.filling', '', true);

  v_started_at := clock_timestamp();
  -- before an index tells how large they are
  perform ops.analyze_young_tables(array[p_model]);
  perform ops.drop_repeated_events(v_model);
  foreach v_statement in array v_making loop
    execute v_statement;
  end loop;
  perform ops.record_run(v_model, 0, clock_timestamp() - v_started_at);
end
$$;
