-- Records how files were found: where they are now, how long they are, and which went away. One that did before all of
-- it was read is an incident, until it comes back.
-- p_files: objects with source_id, generation, partition, path, inode, born_at, size, modified_at, is_gone (told once).
-- kind: routine
create or replace function ops.report_files(p_files jsonb)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_file record;
begin
  for v_file in
    select files.*, found.path as found_path, found.inode as found_inode, found.born_at as found_born_at,
      found.size as found_size, found.modified_at as found_modified_at, found.is_gone
    from jsonb_to_recordset(p_files) as found (
      source_id int, generation smallint, partition int, path text, inode text, born_at timestamptz,
      size bigint, modified_at timestamptz, is_gone boolean
    )
    join ops.files
      on files.source_id = found.source_id
      and files.generation = found.generation
      and files.kafka_partition = found.partition
    order by files.source_id, files.generation, files.kafka_partition
  loop
    update ops.files
    set path = v_file.found_path,
      inode = v_file.found_inode,
      born_at = v_file.found_born_at,
      size = v_file.found_size,
      modified_at = v_file.found_modified_at,
      gone_at = case when v_file.is_gone then coalesce(files.gone_at, ops.now()) end,
      stopped_reason = case when not v_file.is_gone then files.stopped_reason end,
      stopped_at = case when not v_file.is_gone then files.stopped_at end
    where files.source_id = v_file.source_id
      and files.generation = v_file.generation
      and files.kafka_partition = v_file.kafka_partition;
    if v_file.is_gone or v_file.gone_at is not null then
      perform ops.resolve_file_incidents(v_file.source_id, v_file.generation, v_file.kafka_partition);
    end if;
    if v_file.is_gone and v_file.byte_position < v_file.size then
      perform ops.add_file_incident(
        v_file.source_id, v_file.generation, v_file.kafka_partition, 'file_lost',
        format(
          '%s was gone before all of it was read: %s of the %s bytes that it had were not',
          v_file.path, v_file.size - v_file.byte_position, v_file.size
        )
      );
    end if;
  end loop;
end
$$;

grant execute on function ops.report_files(jsonb) to sluice_ingest;
