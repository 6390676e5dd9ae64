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
    v_events := ops.tick();
    v_total := v_total + v_events;
    v_model := ops.catch_up();
    exit when (v_events = 0 and v_model is null) or clock_timestamp() > c_until;
  end loop;
  return v_total;
end
$$;
