-- Calls the compiled function of an event or entity model for ranges of batches, without the bad events. Returns those
-- that it passed over itself.
-- kind: routine
create or replace function ops.store_ranges(
  p_model ops.stored_model,
  p_ranges ops.batch_range[],
  p_bad ops.bad_event[],
  out row_count bigint,
  out from_at timestamptz,
  out to_at timestamptz,
  out passed_over ops.bad_event[]
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_call text := format(
    'select row_count, from_at, to_at from store.%I($1, $2, $3, $4)',
    p_model.store_name || case current_setting('sluice.filling', true) when p_model.model then '_fill' else '_take' end
  );
  v_stored record;
  v_range ops.batch_range;
  v_no int := 0;
begin
  row_count := 0;
  passed_over := '{}';
  foreach v_range in array p_ranges loop
    v_no := v_no + 1;
    perform set_config('sluice.passed_over', '', true);
    execute v_call
    into v_stored
    using
      v_range, p_model.next_slice_no,
      array(select bad.kafka_offset from unnest(p_bad) as bad where bad.range_no = v_no),
      p_model.floor_at;
    row_count := row_count + v_stored.row_count;
    from_at := least(from_at, v_stored.from_at);
    to_at := greatest(to_at, v_stored.to_at);
    passed_over := passed_over || ops.find_passed_over_events(p_model, v_range, v_no);
  end loop;
end
$$;
