-- The stored batches that an event or entity model has not taken yet, per partition.
-- kind: view
select
  inputs.model,
  inputs.version,
  inputs.input,
  inputs.source_id,
  stored.generation,
  stored.kafka_partition,
  stored.batches - coalesce(progress.applied, '{}') as missing
from ops.model_inputs as inputs
join ops.stored_batches as stored on stored.source_id = inputs.source_id
left join ops.model_progress as progress
  on progress.model = inputs.model
  and progress.version = inputs.version
  and progress.input = inputs.input
  and progress.input_version = stored.generation
  and progress.kafka_partition = stored.kafka_partition
where inputs.source_id is not null
