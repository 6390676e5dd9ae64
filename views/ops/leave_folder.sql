-- Says that a process no longer reads a folder of files: another one may at once.
-- kind: routine
create or replace function ops.leave_folder(p_folder text, p_reader uuid)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  delete from ops.file_folders
  where folder = p_folder
    and reader = p_reader
$$;

grant execute on function ops.leave_folder(text, uuid) to sluice_ingest;
