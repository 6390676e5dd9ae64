-- Moves the byte positions of files with what was stored of them: in the transaction of ops.advance and behind it,
-- which has seen to it that the lines are those that come next.
-- p_batches: as of ops.advance; those of files have an object "file" with byte_position, head_bytes, head_hash (hex),
-- size, modified_at.
-- kind: routine
create or replace function ops.move_files(p_batches jsonb)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  update ops.files
  set byte_position = places.byte_position,
    head_bytes = places.head_bytes,
    head_hash = decode(places.head_hash, 'hex'),
    size = places.size,
    modified_at = places.modified_at
  from jsonb_to_recordset(p_batches) as batches (source_id int, generation smallint, partition int, file jsonb)
  cross join lateral jsonb_to_record(batches.file) as places (
    byte_position bigint, head_bytes int, head_hash text, size bigint, modified_at timestamptz
  )
  where batches.file is not null
    and files.source_id = batches.source_id
    and files.generation = batches.generation
    and files.kafka_partition = batches.partition
$$;

grant execute on function ops.move_files(jsonb) to sluice_ingest;
