-- Takes all that is stored and that a model lacks, as part of making its tables anew: the oldest first, as ticks did, so
-- that of repeated events the same one stays. Raises the model's error when it fails.
-- p_is_filling: of an event model whose tables are empty; their indexes are made afterwards.
-- kind: routine
create or replace function ops.take_all(p_model text, p_is_filling boolean)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_rows constant bigint := 1000000;
  c_few constant bigint := 100000;
  v_model ops.stored_model := ops.find_model(p_model);
  v_making text[] := '{}';
  v_statement text;
  v_ranges ops.batch_range[];
  v_steps int;
  v_looked_at bigint := c_few;
  v_started_at timestamptz;
begin
  if p_is_filling then
    v_making := ops.drop_store_indexes(v_model);
    -- what ops.store_ranges asks for
    perform set_config('sluice.filling', p_model, true);
  end if;
  loop
    v_ranges := ops.old_batches(p_model, c_rows, p_is_newest_first => false);
    exit when cardinality(v_ranges) = 0 and ops.rows_behind(p_model, 1) = 0;
    -- filling, each range is a slice, in the order of their times: so they tell which event was stored first
    v_steps := case when p_is_filling then cardinality(v_ranges) else 1 end;
    begin
      for v_step in 1 .. v_steps loop
        if ops.run_model(
          p_model, case when p_is_filling then v_ranges[v_step : v_step] else v_ranges end, c_rows
        ) is null then
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
        if p_is_filling then
          v_making := ops.drop_store_indexes(v_model) || v_making;
        end if;
    end;
  end loop;

  -- before an index tells how large they are
  perform ops.analyze_young_tables(array[p_model]);
  if p_is_filling then
    perform set_config('sluice.filling', '', true);
    v_started_at := clock_timestamp();
    perform ops.drop_repeated_events(v_model);
    foreach v_statement in array v_making loop
      execute v_statement;
    end loop;
    perform ops.record_run(v_model, 0, clock_timestamp() - v_started_at);
  end if;
end
$$;
