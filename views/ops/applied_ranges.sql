-- All batches that an event or entity model has taken and that bronze still has, as ranges; those without events are
-- left out.
-- kind: routine
create or replace function ops.applied_ranges(p_model text)
returns ops.batch_range[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with applied as (
    select
      inputs.source_id,
      ops.bronze_floor(substr(inputs.input, length('bronze.') + 1)) as floor_at,
      progress.input_version::smallint as generation,
      progress.kafka_partition,
      unnest(progress.applied) as batch_nos
    from ops.stored_models as models
    join ops.model_inputs as inputs using (model, version)
    join ops.model_progress as progress using (model, version, input)
    where models.model = p_model
  ),
  ranges as (
    select
      applied.source_id, applied.generation, applied.kafka_partition,
      min(batches.batch_no) as from_batch, max(batches.batch_no) as to_batch,
      min(batches.first_offset) as first_offset, max(batches.last_offset) as last_offset,
      min(batches.stored_at) as from_at, max(batches.stored_at) as to_at,
      sum(batches.row_count)::bigint as row_count
    from applied
    join ops.batches
      on batches.source_id = applied.source_id
      and batches.generation = applied.generation
      and batches.kafka_partition = applied.kafka_partition
      and batches.batch_no >= lower(applied.batch_nos)
      and batches.batch_no < upper(applied.batch_nos)
    where batches.row_count > 0
      and batches.stored_at >= applied.floor_at
    group by applied.source_id, applied.generation, applied.kafka_partition, applied.batch_nos
  )
  select coalesce(array_agg(ranges::ops.batch_range), '{}')
  from (
    select
      source_id, generation, kafka_partition, from_batch, to_batch, first_offset, last_offset, from_at, to_at,
      row_count
    from ranges
  ) as ranges
$$;
