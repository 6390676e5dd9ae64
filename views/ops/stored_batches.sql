-- The batches that are stored of each partition, as a set: those of the log count upwards from 1, those of replays
-- downwards from -1, both without a hole.
-- kind: view
select
  offsets.source_id,
  offsets.generation,
  offsets.kafka_partition,
  int8multirange(int8range(1, offsets.next_batch_no), int8range(offsets.lowest_batch_no, 0)) as batches
from ops.offsets
