-- Remembers, until the end of the transaction, that an event was passed over since it can't be read; false, so that it
-- can stand in a condition. Called by compiled functions.
-- kind: routine
create or replace function ops.pass_over(p_offset bigint)
returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config(
    'sluice.passed_over', concat_ws(',', nullif(current_setting('sluice.passed_over', true), ''), p_offset), true
  );
  return false;
end
$$;
