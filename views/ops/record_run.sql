-- Adds one run of a model to what its minute cost.
-- In plpgsql, which keeps its plan: each tick calls it.
-- kind: routine
create or replace function ops.record_run(p_model ops.stored_model, p_rows bigint, p_took interval)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into ops.model_runs (
    model, version, minute_at, runs, row_count, dead_letters, seconds, longest_seconds
  )
  values (
    p_model.model, p_model.version, date_trunc('minute', clock_timestamp()), 1, p_rows, 0,
    extract(epoch from p_took), extract(epoch from p_took)
  )
  on conflict (model, minute_at, version) do update
  set runs = model_runs.runs + 1,
    row_count = model_runs.row_count + excluded.row_count,
    seconds = model_runs.seconds + excluded.seconds,
    longest_seconds = greatest(model_runs.longest_seconds, excluded.longest_seconds);
end
$$;
