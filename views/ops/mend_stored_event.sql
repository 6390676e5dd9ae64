-- Puts a mended payload, key or time in the place of an event in bronze, and keeps both in ops.settled_letters.
-- p_letter: of the model that could not take it. p_event: payload, kafka_key and kafka_at, those that are mended.
-- Errors: SL018 when a model has stored the event as it was, 22P02 when the payload is not JSON.
-- kind: routine
create or replace function ops.mend_stored_event(p_letter ops.dead_letters, p_event jsonb)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text;
  v_holder text;
begin
  v_holder := ops.model_that_stored(p_letter);
  if v_holder is not null then
    raise exception '% has stored this event as it is: partition %, offset %',
      v_holder, p_letter.kafka_partition, p_letter.kafka_offset
      using errcode = 'SL018', hint = format('Mend %s instead, and replay without p_payload.', p_letter.stage);
  end if;

  select sources.table_name into v_table from ops.sources where sources.source_id = p_letter.source_id;
  execute format(
    $sql$
      update bronze.%I as events
      set payload = case when $1 ? 'payload' then ($1 ->> 'payload')::jsonb else events.payload end,
        kafka_key = case when $1 ? 'kafka_key' then $1 ->> 'kafka_key' else events.kafka_key end,
        kafka_at = coalesce(($1 ->> 'kafka_at')::timestamptz, events.kafka_at)
      where events.generation = $2
        and events.kafka_partition = $3
        and events.kafka_offset = $4
        and events.batch_no = $5
    $sql$,
    v_table
  )
  using p_event, p_letter.generation, p_letter.kafka_partition, p_letter.kafka_offset, p_letter.batch_no;

  insert into ops.settled_letters (
    source_id, generation, kafka_partition, kafka_offset, stage, outcome, batch_no, sqlstate, message, failed_at,
    original, mended
  )
  values (
    p_letter.source_id, p_letter.generation, p_letter.kafka_partition, p_letter.kafka_offset, p_letter.stage, 'replayed',
    p_letter.batch_no, p_letter.sqlstate, p_letter.message, p_letter.failed_at,
    jsonb_build_object(
      'payload', encode(p_letter.payload, 'base64'),
      'kafka_key', encode(p_letter.kafka_key, 'base64'),
      'kafka_at', p_letter.kafka_at
    ),
    p_event - array['source_id', 'generation', 'partition', 'offset']
  );
end
$$;
