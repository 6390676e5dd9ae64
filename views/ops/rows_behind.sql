-- How many rows a model is behind the live models of its group, counted up to somewhat more than p_enough; a batch or a
-- slice without any counts as one.
-- Of an event or entity model: events of bronze that live models have; without any of those, all stored events.
-- kind: routine
create or replace function ops.rows_behind(p_model text, p_enough bigint)
returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with missing_batches as (
    select behind.source_id, behind.generation, behind.kafka_partition, unnest(behind.missing) as batch_nos
    from ops.batches_to_catch_up as behind
    where behind.model = p_model
  ),
  missing_slices as (
    select behind.input, behind.input_version, unnest(behind.missing) as slice_nos
    from ops.stored_models as models
    join ops.slices_behind as behind using (model, version)
    where models.model = p_model
  ),
  counts as (
    select batches.row_count
    from missing_batches as missing
    join ops.batches
      on batches.source_id = missing.source_id
      and batches.generation = missing.generation
      and batches.kafka_partition = missing.kafka_partition
      and batches.batch_no >= lower(missing.batch_nos)
      and batches.batch_no < upper(missing.batch_nos)
    union all
    select slices.row_count
    from missing_slices as missing
    join ops.slices
      on slices.model = missing.input
      and slices.version = missing.input_version
      and slices.slice_no >= lower(missing.slice_nos)
      and slices.slice_no < upper(missing.slice_nos)
  )
  select coalesce(sum(greatest(counts.row_count, 1)), 0)::bigint
  from (select counts.row_count from counts limit p_enough) as counts
$$;
