-- A model that has stored the event of a dead letter of another; null when none has.
-- kind: routine
create or replace function ops.model_that_stored(p_letter ops.dead_letters)
returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_model record;
  v_is_stored boolean;
begin
  for v_model in
    select models.model, models.store_name
    from ops.stored_models as models
    join ops.model_inputs as inputs using (model, version)
    where inputs.source_id = p_letter.source_id
    order by models.model
  loop
    execute format(
      $sql$
        select exists (
          select
          from store.%I as stored
          where stored.sluice_source_id = $1
            and stored.sluice_generation = $2
            and stored.sluice_partition = $3
            and stored.sluice_offset = $4
        )
      $sql$,
      v_model.store_name
    )
    into v_is_stored
    using p_letter.source_id, p_letter.generation, p_letter.kafka_partition, p_letter.kafka_offset;
    if v_is_stored then
      return v_model.model;
    end if;
  end loop;
  return null;
end
$$;
