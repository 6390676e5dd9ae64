-- Events stored per second and topic in the last hour. For longer times: the counters of /metrics.
-- kind: view
select
  date_trunc('second', batches.stored_at) as second_at,
  sources.topic,
  sum(batches.row_count) as rows,
  sum(batches.dead_letter_count) as dead_letters,
  sum(batches.byte_count) as bytes,
  count(*) as batches
from ops.batches
join ops.sources using (source_id)
where batches.stored_at > ops.now() - interval '1 hour'
group by 1, 2
