-- Says that what stands at the path of a stopped file is another file on purpose: it is read from its first line, as a
-- partition of its own. What was stored of the one before stays. SL016 when no stopped file has this path.
-- kind: routine
create or replace function ops.accept_file(p_path text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops.resolve_file_incidents(files.source_id, files.generation, files.kafka_partition)
  from ops.files
  where files.path = p_path
    and files.stopped_at is not null;

  update ops.files
  set replaced_at = ops.now(), stopped_reason = null, stopped_at = null
  where files.path = p_path
    and files.stopped_at is not null;
  if not found then
    raise exception 'No stopped file has the path "%"', p_path
      using errcode = 'SL016', hint = 'See ops.file_status.';
  end if;
end
$$;

comment on function ops.accept_file(text) is
  'Reads what stands at the path of a stopped file from its first line, as another file.';
