-- One tick: takes what was stored in bronze through every event and entity model that reads it, and what these
-- added through every incremental model above, in one transaction. Returns how many events it took.
-- p_group: one of ops.models.tick_group; null: all groups, one after the other. A group that ticks already is
-- passed over. Bounded: about 100,000 events per group; call it again while it returns more than 0.
-- What a tick reads is new or touched, and found by index; the server is told that this is cheap, or it would read
-- tables from end to end, which takes longer with every day of history.
-- Errors: SL030 in an isolation level other than read committed.
-- kind: routine
create or replace function ops.tick(p_group text default null)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set jit = off
set random_page_cost = 0.1
as $$
declare
  v_group text;
  v_events bigint := 0;
begin
  perform ops.lock_models_as_they_are();
  for v_group in
    select distinct models.tick_group
    from ops.models
    where models.tick_group is not null
      and (p_group is null or models.tick_group = p_group)
    order by 1
  loop
    if pg_try_advisory_xact_lock(hashtext('sluice tick'), hashtext(v_group)) then
      v_events := v_events + ops.tick_group(v_group);
      delete from ops.tick_faults where tick_faults.subject = v_group;
    end if;
  end loop;
  return v_events;
end
$$;

grant execute on function ops.tick(text) to sluice_refresh;
