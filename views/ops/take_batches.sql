-- Takes batches into an event or entity table. What of an event model's rows is new becomes one slice. Events that
-- fail become dead letters of the model. Returns the rows added; null when nothing was there to take.
-- Errors: SL021 when one of the batches was taken before.
-- kind: routine
create or replace function ops.take_batches(p_model ops.stored_model, p_ranges ops.batch_range[])
returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ranges ops.batch_range[];
begin
  select array_agg(ranges::ops.batch_range order by ranges.from_at, ranges.source_id, ranges.kafka_partition)
  into v_ranges
  from unnest(p_ranges) as ranges
  where ranges.source_id in (
    select inputs.source_id
    from ops.model_inputs as inputs
    where inputs.model = p_model.model
      and inputs.version = p_model.version
  );
  if v_ranges is null then
    return null;
  end if;
  perform ops.mark_batches(p_model, v_ranges);
  return ops.store_slice(p_model, v_ranges);
end
$$;
