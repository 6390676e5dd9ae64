-- Stops a file that can't be read on: it is not what was read before (file_changed), or can't be read at all
-- (file_unreadable). An incident says so; the other files of its source are read on.
-- kind: routine
create or replace function ops.stop_file(
  p_source_id int,
  p_generation smallint,
  p_partition int,
  p_kind text,
  p_reason text
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_was_stopped boolean;
begin
  select files.stopped_at is not null into v_was_stopped
  from ops.files
  where files.source_id = p_source_id
    and files.generation = p_generation
    and files.kafka_partition = p_partition
    and files.replaced_at is null
  for update;
  if not found then
    return;
  end if;

  update ops.files
  set stopped_reason = p_reason,
    stopped_at = coalesce(files.stopped_at, ops.now()),
    gone_at = null
  where files.source_id = p_source_id
    and files.generation = p_generation
    and files.kafka_partition = p_partition;
  if not v_was_stopped then
    perform ops.add_file_incident(p_source_id, p_generation, p_partition, p_kind, p_reason);
  end if;
end
$$;

grant execute on function ops.stop_file(int, smallint, int, text, text) to sluice_ingest;
