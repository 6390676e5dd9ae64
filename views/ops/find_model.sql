-- A model that is kept in tables, as it stands now. SL031 for any other.
-- kind: routine
create or replace function ops.find_model(p_model text)
returns ops.stored_model
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_model ops.stored_model;
begin
  select model, kind, version, store_name, function_name, is_live, next_slice_no, floor_at
  into v_model
  from ops.stored_models
  where stored_models.model = p_model;
  if not found then
    raise exception 'Model "%" is unknown, or not kept in a table', p_model
      using errcode = 'SL031', hint = 'See ops.models.';
  end if;
  return v_model;
end
$$;
