-- The batches that the live models of a group take next: the oldest that they lack, about p_rows events.
-- In plpgsql, which keeps its plan: each tick calls it.
-- kind: routine
create or replace function ops.new_batches(p_models text[], p_rows bigint)
returns ops.batch_range[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with missing as (
      select
        behind.source_id, behind.generation, behind.kafka_partition,
        unnest(range_agg(behind.missing)) as batch_nos
      from ops.batches_behind as behind
      join ops.stored_models as models using (model, version)
      where behind.model = any (p_models)
      group by behind.source_id, behind.generation, behind.kafka_partition
    )
    select ops.choose_batches(
      array(
        select row(
          source_id, generation, kafka_partition, lower(batch_nos), upper(batch_nos) - 1,
          null, null, null, null, null
        )::ops.batch_range
        from missing
      ),
      p_rows
    )
  );
end
$$;
