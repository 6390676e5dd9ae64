-- Lets the models of a group that are nearly level take part in its ticks: brings each level first. Those that
-- catch up at this moment, are far behind or failed a moment ago stay out.
-- kind: routine
create or replace function ops.attach_models(p_group text)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_rows constant bigint := 50000;
  v_model record;
begin
  for v_model in
    select models.model
    from ops.stored_models as models
    where models.tick_group = p_group
      and not models.is_live
      and ops.is_to_retry(models.retry_at)
    -- event tables before what reads them
    order by models.kind in ('incremental', 'routine'), models.model
  loop
    continue when not pg_try_advisory_xact_lock(hashtext('sluice model'), hashtext(v_model.model));
    continue when ops.rows_behind(v_model.model, c_rows) > c_rows;
    continue when exists (select from ops.awaited_entities as awaited where awaited.model = v_model.model);
    continue when ops.run_model(v_model.model, ops.old_batches(v_model.model, c_rows + 1)) is null;
    continue when exists (select from ops.batches_to_catch_up as behind where behind.model = v_model.model);
    perform ops.attach_model(v_model.model);
  end loop;
end
$$;
