-- How each source is doing: what is stored, and when its newest event came.
-- kind: view
select
  sources.topic,
  sources.table_name,
  sources.is_paused,
  sources.stopped_reason,
  count(offsets.kafka_partition) as partitions,
  coalesce(sum(offsets.stored_rows), 0)::bigint as stored_rows,
  coalesce(sum(offsets.dead_letters), 0)::bigint as dead_letters,
  max(offsets.newest_kafka_at) as newest_event_at,
  extract(epoch from ops.now() - max(offsets.newest_kafka_at))::numeric(12, 3) as seconds_since_event
from ops.sources
left join ops.offsets
  on offsets.source_id = sources.source_id
  and offsets.generation = sources.generation
where not sources.is_dropped
group by sources.source_id
