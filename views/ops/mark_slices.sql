-- Adds slices to the sets that an incremental model has applied.
-- Errors: SL021 when it has applied one of them before.
-- kind: routine
create or replace function ops.mark_slices(p_model ops.stored_model, p_step ops.slice_step)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_marked bigint;
begin
  with marked as (
    insert into ops.model_progress as progress (model, version, input, input_version, applied)
    select
      inputs.model, inputs.version, inputs.input, inputs.input_version,
      int8multirange(int8range(steps.from_slice, steps.to_slice + 1))
    from unnest(p_step.new) with ordinality as steps (from_slice, to_slice, from_at, to_at, input_no)
    join ops.model_inputs as inputs
      on inputs.model = p_model.model
      and inputs.version = p_model.version
      and inputs.input_no = steps.input_no
    where steps.from_slice is not null
    on conflict (model, version, input, input_version, kafka_partition) do update
    set applied = progress.applied + excluded.applied
    where not progress.applied && excluded.applied
    returning 1
  )
  select count(*) into v_marked from marked;
  if v_marked <> (select count(*) from unnest(p_step.new) as steps where steps.from_slice is not null) then
    raise exception '% has applied some of these slices before', p_model.model using errcode = 'SL021';
  end if;
  update ops.model_states
  set newest_event_at = greatest(model_states.newest_event_at, p_step.newest_event_at)
  where model_states.model = p_model.model
    and model_states.version = p_model.version;
end
$$;
