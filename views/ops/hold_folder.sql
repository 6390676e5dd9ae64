-- Says that a process reads a folder of files for the next 7 s. False while another one does.
-- It keeps two from doing the same work; that nothing is stored twice is for ops.advance to see to.
-- kind: routine
create or replace function ops.hold_folder(p_folder text, p_reader uuid)
returns boolean
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with held as (
    insert into ops.file_folders (folder, reader, held_until)
    values (p_folder, p_reader, clock_timestamp() + interval '7 seconds')
    on conflict (folder) do update
    set reader = excluded.reader, held_until = excluded.held_until
    where file_folders.reader = excluded.reader
      or file_folders.held_until < clock_timestamp()
    returning reader
  )
  select exists (select from held)
$$;

grant execute on function ops.hold_folder(text, uuid) to sluice_ingest;
