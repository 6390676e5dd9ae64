-- Gives events that a model could not take to it again: after its mend, or with a mended payload. What it adds is a slice
-- like any other, so that gold follows with the next tick. All of them or, when one still can't be taken, none.
-- p_events: objects with source_id, generation, partition, offset; of a mended one payload, kafka_key, kafka_at too.
-- A mended payload takes the place of the event in bronze, for all models that have not stored it.
-- Called by ops.replay_dead_letters. Errors: SL015 an event that still can't be taken, SL018 a mend of an event that
-- another model has stored as it was.
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
  v_is_mended boolean;
  v_model text;
begin
  perform ops.lock_models_as_they_are();
  for v_event in select events from jsonb_array_elements(p_events) as events loop
    v_is_mended := v_event ?| array['payload', 'kafka_key', 'kafka_at'];
    if v_is_mended then
      perform ops.mend_stored_event(p_model, v_event);
    end if;
    -- a mended event is new to every model that could not take it
    for v_model in
      select letters.stage
      from ops.dead_letters as letters
      where letters.source_id = (v_event ->> 'source_id')::int
        and letters.generation = (v_event ->> 'generation')::smallint
        and letters.kafka_partition = (v_event ->> 'partition')::int
        and letters.kafka_offset = (v_event ->> 'offset')::bigint
        and (letters.stage = p_model or (v_is_mended and letters.stage <> 'ingest'))
      order by hashtext(letters.stage)
    loop
      perform ops.replay_model_letter(v_model, v_event);
    end loop;
  end loop;
end
$$;
