-- Makes the transaction the only writer of the models that a replay gives events to: the one whose letters they are, and
-- of a mended event all that read its topic. Waits for ticks and for apply.
-- kind: routine
create or replace function ops.lock_models_to_replay(p_topic text, p_model text, p_is_mended boolean)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops.lock_models_as_they_are();
  -- in one order, that of ticks
  perform ops.lock_model(taking.model)
  from (
    select models.model
    from ops.stored_models as models
    where models.model = p_model
      or (
        p_is_mended
        and exists (
          select
          from ops.model_inputs as inputs
          join ops.sources using (source_id)
          where inputs.model = models.model
            and inputs.version = models.version
            and sources.topic = p_topic
        )
      )
    order by hashtext(models.model)
  ) as taking;
end
$$;
