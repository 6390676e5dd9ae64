-- How far ingest is behind Kafka, per partition: records, and seconds since the newest stored event when behind.
-- kind: view
select
  sources.topic,
  sources.table_name,
  offsets.generation,
  offsets.kafka_partition,
  offsets.next_offset,
  offsets.end_offset,
  offsets.end_offset - offsets.next_offset as lag_records,
  case
    when offsets.end_offset <= offsets.next_offset then 0
    else greatest(0, extract(epoch from ops.now() - coalesce(offsets.newest_kafka_at, offsets.updated_at)))
  end::numeric(12, 3) as lag_seconds,
  offsets.updated_at
from ops.sources
join ops.offsets
  on offsets.source_id = sources.source_id
  and offsets.generation = sources.generation
where not sources.is_dropped
