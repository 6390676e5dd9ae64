-- The tick of one group; the caller holds the group's lock. Returns how many events it took. When a partition is missing
-- it makes that instead, and returns 1: the next tick takes the events.
-- kind: routine
create or replace function ops.tick_group(p_group text)
returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_model text;
begin
  -- all locks before all writes, in one order
  perform ops.lock_model(stored_models.model)
  from (
    select model
    from ops.stored_models
    where tick_group = p_group
      and is_live
    order by hashtext(model)
  ) as stored_models;

  begin
    return ops.tick_models(p_group);
  exception
    when sqlstate 'SL023' then
      get stacked diagnostics v_model = pg_exception_detail;
  end;
  -- in a transaction of its own: a statement of a reader that was planned before would not see rows in it, and
  -- see the gold of the same tick
  perform ops.make_missing_partitions(v_model);
  return 1;
end
$$;
