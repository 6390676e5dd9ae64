-- Lets each sort and each hash of the statements that follow in this transaction take as much memory as an index build,
-- 256 MB at most: for work on many rows at once. Returns what work_mem was before.
-- kind: routine
create or replace function ops.widen_work_mem()
returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_most constant bigint := 256 * 1024 * 1024;
  v_before text := current_setting('work_mem');
begin
  perform set_config(
    'work_mem',
    greatest(
      pg_size_bytes(v_before), least(pg_size_bytes(current_setting('maintenance_work_mem')), c_most)
    ) / 1024 || 'kB',
    true
  );
  return v_before;
end
$$;
