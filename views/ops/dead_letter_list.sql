-- Dead letters one by one, without their bytes: coordinates, stage and reason.
-- kind: view
select
  sources.topic,
  dead_letters.stage,
  dead_letters.generation,
  dead_letters.kafka_partition,
  dead_letters.kafka_offset,
  dead_letters.sqlstate,
  dead_letters.message,
  octet_length(dead_letters.payload) as payload_bytes,
  dead_letters.kafka_at,
  dead_letters.failed_at
from ops.dead_letters
join ops.sources using (source_id)
