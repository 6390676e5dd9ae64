-- Drops what keeps one version of a model in schema store, its state and its dead letters.
-- kind: routine
create or replace function ops.drop_model_version(p_model text, p_version int)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_object text;
begin
  for v_object in select identity from ops.store_objects(p_model, p_version) loop
    execute format('drop %s', v_object);
  end loop;
  perform ops.forget_model_letters(p_model);
  delete from ops.model_states where model_states.model = p_model and model_states.version = p_version;
end
$$;
