-- Gives one event to a model again, and deletes its dead letter.
-- Errors: SL015 when the model still can't take it.
-- kind: routine
create or replace function ops.replay_model_letter(p_model text, p_event jsonb)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_letter ops.dead_letters;
  v_range ops.batch_range;
begin
  perform ops.lock_model(p_model);
  delete from ops.dead_letters as letters
  where letters.source_id = (p_event ->> 'source_id')::int
    and letters.generation = (p_event ->> 'generation')::smallint
    and letters.kafka_partition = (p_event ->> 'partition')::int
    and letters.kafka_offset = (p_event ->> 'offset')::bigint
    and letters.stage = p_model
  returning * into v_letter;

  select
    batches.source_id, batches.generation, batches.kafka_partition, batches.batch_no, batches.batch_no,
    v_letter.kafka_offset, v_letter.kafka_offset, batches.stored_at, batches.stored_at, 1
  into strict v_range
  from ops.batches
  where batches.source_id = v_letter.source_id
    and batches.generation = v_letter.generation
    and batches.kafka_partition = v_letter.kafka_partition
    and batches.batch_no = v_letter.batch_no;
  begin
    perform ops.store_slice(ops.find_model(p_model), array[v_range]);
  exception
    when sqlstate 'SL023' then
      perform ops.make_event_partitions(ops.find_model(p_model), array[v_range], '{}');
      perform ops.store_slice(ops.find_model(p_model), array[v_range]);
  end;

  select letters.*
  into v_letter
  from ops.dead_letters as letters
  where letters.source_id = v_range.source_id
    and letters.generation = v_range.generation
    and letters.kafka_partition = v_range.kafka_partition
    and letters.kafka_offset = v_range.first_offset
    and letters.stage = p_model;
  if found then
    raise exception '% still can''t take partition %, offset %: %',
      p_model, v_letter.kafka_partition, v_letter.kafka_offset, v_letter.message
      using errcode = 'SL015', hint = 'Mend the model and apply it, or give p_payload.';
  end if;
end
$$;
