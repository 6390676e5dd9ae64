-- Gives files that were not seen before partitions of their source, in the order of p_files, and commits where they
-- begin before their first line is stored: where they say when they are the first ones of the source, else at their
-- first line. What is open under a path stays as it is.
-- p_files: objects with path, inode, born_at, size, modified_at, next_offset (a line), byte_position, head_bytes,
-- head_hash (hex).
-- kind: routine
create or replace function ops.open_files(p_source_id int, p_generation smallint, p_files jsonb)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c_first_number constant int := 1000000;
  v_next_number int;
  v_is_first boolean;
begin
  perform pg_advisory_xact_lock(hashtext('sluice open partitions'), p_source_id);
  select coalesce(max(files.kafka_partition) + 1, c_first_number) into v_next_number
  from ops.files
  where files.source_id = p_source_id
    and files.generation = p_generation;
  v_is_first := v_next_number = c_first_number;

  with opened as (
    select
      v_next_number - 1 + row_number() over (order by given.number)::int as kafka_partition,
      wanted.*
    from jsonb_array_elements(p_files) with ordinality as given (file, number)
    cross join lateral jsonb_to_record(given.file) as wanted (
      path text, inode text, born_at timestamptz, size bigint, modified_at timestamptz,
      next_offset bigint, byte_position bigint, head_bytes int, head_hash text
    )
    where not exists (
      select
      from ops.files
      where files.source_id = p_source_id
        and files.generation = p_generation
        and files.path = wanted.path
        and files.replaced_at is null
    )
  ),
  positions as (
    insert into ops.offsets (source_id, generation, kafka_partition, next_offset, end_offset)
    select p_source_id, p_generation, opened.kafka_partition, begins.line, begins.line
    from opened
    cross join lateral (select case when v_is_first then opened.next_offset else 1 end) as begins (line)
  )
  insert into ops.files (
    source_id, generation, kafka_partition, path, inode, born_at, size, modified_at, byte_position,
    head_bytes, head_hash
  )
  select
    p_source_id, p_generation, opened.kafka_partition, opened.path, opened.inode, opened.born_at,
    opened.size, opened.modified_at,
    case when v_is_first then opened.byte_position else 0 end,
    case when v_is_first then opened.head_bytes else 0 end,
    case when v_is_first then decode(opened.head_hash, 'hex') end
  from opened;
end
$$;

grant execute on function ops.open_files(int, smallint, jsonb) to sluice_ingest;
