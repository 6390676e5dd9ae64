-- The ledger with topics: what each ingest transaction stored of each partition.
-- kind: view
select
  batches.stored_at,
  sources.topic,
  batches.generation,
  batches.kafka_partition,
  batches.batch_no,
  batches.kind,
  batches.row_count as rows,
  batches.dead_letter_count as dead_letters,
  batches.byte_count as bytes
from ops.batches
join ops.sources using (source_id)
