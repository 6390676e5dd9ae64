-- Adds batches to the sets that a model has taken.
-- Errors: SL021 when it has taken one of them before.
-- kind: routine
create or replace function ops.mark_batches(p_model ops.stored_model, p_ranges ops.batch_range[])
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanted bigint;
  v_marked bigint;
begin
  with taken as (
    select
      sources.table_name, ranges.generation, ranges.kafka_partition,
      range_agg(int8range(ranges.from_batch, ranges.to_batch + 1)) as batches
    from unnest(p_ranges) as ranges
    join ops.sources using (source_id)
    group by sources.table_name, ranges.generation, ranges.kafka_partition
  ),
  marked as (
    insert into ops.model_progress as progress (
      model, version, input, input_version, kafka_partition, applied
    )
    select
      p_model.model, p_model.version, 'bronze.' || taken.table_name, taken.generation, taken.kafka_partition,
      taken.batches
    from taken
    on conflict (model, version, input, input_version, kafka_partition) do update
    set applied = progress.applied + excluded.applied
    where not progress.applied && excluded.applied
    returning 1
  )
  select (select count(*) from taken), (select count(*) from marked)
  into v_wanted, v_marked;
  if v_wanted <> v_marked then
    raise exception '% has taken some of these batches before', p_model.model using errcode = 'SL021';
  end if;
end
$$;
