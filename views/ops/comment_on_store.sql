-- Says of everything that keeps a version of a model in schema store what it belongs to.
-- kind: routine
create or replace function ops.comment_on_store(p_model text, p_version int)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_object text;
begin
  for v_object in select identity from ops.store_objects(p_model, p_version) loop
    execute format('comment on %s is %L', v_object, format('Keeps %s, version %s.', p_model, p_version));
  end loop;
end
$$;
