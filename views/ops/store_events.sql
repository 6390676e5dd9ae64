-- Stores the events of ranges of batches in a model's table, and those that can't be as dead letters of the model.
-- Returns how many rows were added, and the least and greatest of their times (of an event model).
-- Errors: SL023, with the model as detail, when a partition is missing: see ops.make_missing_partitions.
-- All goes in one statement per range while all is well; from PostgreSQL 16 on also with events whose casts fail, which
-- it passes over. After a failure the bad events are looked for by
-- reading alone, which needs no transaction id for each of them, and the rest is stored without them.
-- kind: routine
create or replace function ops.store_events(
  p_model ops.stored_model,
  p_ranges ops.batch_range[],
  out row_count bigint,
  out from_at timestamptz,
  out to_at timestamptz
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad ops.bad_event[] := '{}';
  v_passed_over ops.bad_event[];
  v_state text;
  v_constraint text;
  v_tried text[] := '{}';
begin
  loop
    begin
      select stored.row_count, stored.from_at, stored.to_at, stored.passed_over
      into row_count, from_at, to_at, v_passed_over
      from ops.store_ranges(p_model, p_ranges, v_bad) as stored;
      exit;
    exception
      when others then
        get stacked diagnostics v_state = returned_sqlstate, v_constraint = constraint_name;
        if v_state = '23514' and coalesce(v_constraint, '') = '' then
          raise exception '% has no partition for some of its events', p_model.model
            using errcode = 'SL023', detail = p_model.model;
        elsif not ops.is_fault_of_event(v_state, v_constraint) then
          raise;
        end if;
        -- once each way: what fails again is no event's fault
        if 'store' = any (v_tried) then
          raise;
        end if;
    end;
    if 'read' <> all (v_tried) then
      v_tried := array_append(v_tried, 'read');
      v_bad := ops.find_bad_events(p_model, p_ranges, 'parse');
    else
      v_tried := array_append(v_tried, 'store');
      v_bad := v_bad || ops.find_bad_events(p_model, p_ranges, 'take', v_bad);
    end if;
  end loop;
  perform ops.add_model_letters(p_model, p_ranges, v_bad || v_passed_over);
end
$$;
