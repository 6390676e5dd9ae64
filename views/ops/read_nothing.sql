-- Reads no event at all through a model's function: raises what is wrong with the model itself.
-- kind: routine
create or replace function ops.read_nothing(p_model ops.stored_model)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('select count(parsed) from store.%I($1, $2, $3) as parsed', p_model.store_name || '_parse')
  using '(0,0,0,1,0,,,,,0)'::ops.batch_range, array[]::bigint[], p_model.floor_at;
end
$$;
