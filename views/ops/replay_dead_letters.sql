-- Replays dead letters: those of ingest are stored in bronze, under their own coordinates; those of a model are
-- given to the model again. All that were chosen or, when one of them still can't be taken, none.
-- p_stage: ingest, or the name of a model, such as silver.purchases.
-- p_partition, p_offsets, p_generation, p_sqlstate: which of them; null is all.
-- p_payload, p_key, p_kafka_at: a mended payload (JSON text), key or time for exactly one letter, in place of its own.
-- Returns how many were replayed. Errors: SL013 unknown topic, SL015 an event that still can't be stored,
-- SL017 a mend that is not for one letter, SL018 a mend of an event that another model has stored as it was,
-- SL019 an event that retention has dropped from bronze.
-- The locks of models come before those of letters, as apply takes them, and before anything is looked at.
-- kind: routine
create or replace function ops.replay_dead_letters(
  p_topic text,
  p_stage text default 'ingest',
  p_partition int default null,
  p_offsets bigint[] default null,
  p_generation int default null,
  p_sqlstate text default null,
  p_payload text default null,
  p_key text default null,
  p_kafka_at timestamptz default null
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_letters ops.dead_letters[];
  v_mend jsonb := jsonb_strip_nulls(jsonb_build_object(
    'payload', p_payload, 'kafka_key', p_key, 'kafka_at', p_kafka_at
  ));
  v_count bigint;
begin
  if p_stage <> 'ingest' then
    perform ops.lock_models_to_replay(p_topic, p_stage, p_is_mended => v_mend <> '{}');
  end if;
  select array_agg(letters)
  into v_letters
  from ops.lock_dead_letters(p_topic, p_stage, p_partition, p_offsets, p_generation, p_sqlstate) as letters;
  v_count := coalesce(cardinality(v_letters), 0);

  if v_mend <> '{}' and v_count <> 1 then
    raise exception 'A mended event is for one dead letter, and % of topic "%", stage "%", are meant',
      v_count, p_topic, p_stage
      using errcode = 'SL017', hint = 'Give p_partition and p_offsets of the one. See ops.dead_letter_list.';
  end if;
  if v_count = 0 then
    return 0;
  end if;
  if p_stage = 'ingest' then
    perform ops.replay_ingest_letters(v_letters, v_mend);
    return v_count;
  end if;

  perform ops.replay_model_letters(p_stage, (
    select jsonb_agg(v_mend || jsonb_build_object(
      'source_id', letters.source_id, 'generation', letters.generation,
      'partition', letters.kafka_partition, 'offset', letters.kafka_offset
    ))
    from unnest(v_letters) as letters
  ));
  return v_count;
end
$$;
