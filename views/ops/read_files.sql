-- The files of sources in their current generation, and how far each is read; but for those that others replaced.
-- kind: routine
create or replace function ops.read_files(p_source_ids int[])
returns table (
  source_id int,
  generation smallint,
  kafka_partition int,
  next_offset bigint,
  next_batch_no bigint,
  path text,
  inode text,
  born_at timestamptz,
  size bigint,
  modified_at timestamptz,
  byte_position bigint,
  head_bytes int,
  head_hash text,
  stopped_reason text,
  gone_at timestamptz
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    files.source_id, files.generation, files.kafka_partition,
    offsets.next_offset, offsets.next_batch_no,
    files.path, files.inode, files.born_at, files.size, files.modified_at,
    files.byte_position, files.head_bytes, encode(files.head_hash, 'hex'),
    files.stopped_reason, files.gone_at
  from ops.files
  join ops.sources using (source_id, generation)
  join ops.offsets using (source_id, generation, kafka_partition)
  where files.source_id = any (p_source_ids)
    and files.replaced_at is null
  order by files.source_id, files.kafka_partition
$$;

grant execute on function ops.read_files(int[]) to sluice_ingest;
