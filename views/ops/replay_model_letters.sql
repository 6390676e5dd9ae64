-- Gives events that a model could not take to it again: after its mend, or with a mended payload. What it adds is a slice
-- like any other, so that gold follows with the next tick. All of them or, when one still can't be taken, none.
-- p_events: objects with source_id, generation, partition, offset; of a mended one payload, kafka_key, kafka_at too.
-- A mended event takes its place in bronze, and is given to all models that have taken its batch: none has a row of it.
-- Called by ops.replay_dead_letters, which has locked the models and the letters. Errors: SL015 an event that still can't
-- be taken, SL018 a mend of an event that another model has stored as it was, SL019 an event that bronze has no longer,
-- SL031 a model that is none.
-- kind: routine
create or replace function ops.replay_model_letters(p_model text, p_events jsonb)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set jit = off
set random_page_cost = 0.1
as $$
declare
  v_event jsonb;
  v_letter ops.dead_letters;
  v_model text;
begin
  -- letters of a model that is gone are nobody's to take
  perform ops.find_model(p_model);
  for v_event in select events from jsonb_array_elements(p_events) as events loop
    select letters.*
    into strict v_letter
    from ops.dead_letters as letters
    where letters.source_id = (v_event ->> 'source_id')::int
      and letters.generation = (v_event ->> 'generation')::smallint
      and letters.kafka_partition = (v_event ->> 'partition')::int
      and letters.kafka_offset = (v_event ->> 'offset')::bigint
      and letters.stage = p_model;
    perform ops.require_in_bronze(v_letter);
    if not v_event ?| array['payload', 'kafka_key', 'kafka_at'] then
      perform ops.replay_model_letter(p_model, v_letter);
      continue;
    end if;
    perform ops.mend_stored_event(v_letter, v_event);
    foreach v_model in array ops.models_to_mend(v_letter) loop
      perform ops.replay_model_letter(v_model, v_letter);
    end loop;
  end loop;
end
$$;
