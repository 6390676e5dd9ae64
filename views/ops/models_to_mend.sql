-- The models that take the event of a dead letter anew once it is mended: those that have taken its batch, whether they
-- could not take the event, filtered it or took it for a repeat. Not those that gave it up; and the others come to it yet.
-- kind: routine
create or replace function ops.models_to_mend(p_letter ops.dead_letters)
returns text[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select models.model
    from ops.stored_models as models
    join ops.model_inputs as inputs using (model, version)
    join ops.model_progress as progress using (model, version, input)
    where inputs.source_id = p_letter.source_id
      and progress.input_version = p_letter.generation
      and progress.kafka_partition = p_letter.kafka_partition
      and progress.applied @> p_letter.batch_no
      and not exists (
        select
        from ops.settled_letters as letters
        where letters.outcome = 'discarded'
          and not letters.is_reopened
          and letters.stage = models.model
          and letters.source_id = p_letter.source_id
          and letters.generation = p_letter.generation
          and letters.kafka_partition = p_letter.kafka_partition
          and letters.kafka_offset = p_letter.kafka_offset
      )
    order by models.model
  )
$$;
