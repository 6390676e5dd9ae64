-- The files that are read as partitions, and how far: offset n of kafka_partition is line n of path.
-- state: read (to its last line end), reading, unfinished (its last line has no end yet), stopped, gone, replaced.
-- kind: view
select
  sources.topic,
  files.path,
  files.generation,
  files.kafka_partition,
  case
    when files.replaced_at is not null then 'replaced'
    when files.stopped_at is not null then 'stopped'
    when files.gone_at is not null then 'gone'
    when offsets.end_offset > offsets.next_offset then 'reading'
    when files.size > files.byte_position then 'unfinished'
    else 'read'
  end as state,
  offsets.next_offset - 1 as lines_read,
  files.size,
  files.byte_position,
  greatest(0, files.size - files.byte_position) as bytes_left,
  files.modified_at,
  files.stopped_at,
  files.stopped_reason
from ops.files
join ops.offsets using (source_id, generation, kafka_partition)
join ops.sources using (source_id)
