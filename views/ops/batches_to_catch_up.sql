-- What an event or entity model lacks that the live models of the same sources have; where no live model reads
-- a source, all that is stored of it. New batches are not among it: those belong to the next tick, so that no
-- model is ever ahead of the live ones.
-- kind: view
with waiting as (
  select behind.source_id, behind.generation, behind.kafka_partition, range_agg(behind.missing) as missing
  from ops.batches_behind as behind
  join ops.stored_models as models using (model, version)
  where models.is_live
  group by behind.source_id, behind.generation, behind.kafka_partition
)
select
  behind.model,
  behind.version,
  behind.source_id,
  behind.generation,
  behind.kafka_partition,
  behind.missing - coalesce(waiting.missing, '{}') as missing
from ops.batches_behind as behind
join ops.stored_models as models using (model, version)
left join waiting using (source_id, generation, kafka_partition)
where not models.is_live
  and not isempty(behind.missing - coalesce(waiting.missing, '{}'))
