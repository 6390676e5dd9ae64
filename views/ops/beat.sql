-- The heart-beat of pg_cron, for when no worker runs: ticks and catches up for at most 40 s. Does nothing beside a
-- worker. Returns how many events it took; null when a worker is there.
-- kind: routine
create or replace function ops.beat()
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c_until constant timestamptz := clock_timestamp() + interval '40 seconds';
  v_events bigint;
  v_total bigint := 0;
  v_model text;
begin
  -- workers hold it together as long as they live
  if not pg_try_advisory_xact_lock(hashtext('sluice worker')) then
    return null;
  end if;
  loop
    select coalesce(sum(ticks.events), 0)
    into v_events
    from (select distinct models.tick_group from ops.models where models.tick_group is not null) as groups
    cross join lateral ops.try_tick(groups.tick_group) as ticks;
    v_total := v_total + v_events;
    v_model := (ops.try_catch_up()).model;
    exit when (v_events = 0 and v_model is null) or clock_timestamp() > c_until;
  end loop;
  return v_total;
end
$$;
