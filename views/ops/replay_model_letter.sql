-- Gives the event of a dead letter to a model again, and deletes the model's letter of it.
-- p_letter: of this model, or of another one whose mended event is to be taken anew.
-- Errors: SL015 when the model still can't take it.
-- kind: routine
create or replace function ops.replay_model_letter(p_model text, p_letter ops.dead_letters)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_range ops.batch_range;
  v_message text;
begin
  delete from ops.dead_letters as letters
  where letters.source_id = p_letter.source_id
    and letters.generation = p_letter.generation
    and letters.kafka_partition = p_letter.kafka_partition
    and letters.kafka_offset = p_letter.kafka_offset
    and letters.stage = p_model;

  select
    batches.source_id, batches.generation, batches.kafka_partition, batches.batch_no, batches.batch_no,
    p_letter.kafka_offset, p_letter.kafka_offset, batches.stored_at, batches.stored_at, 1
  into strict v_range
  from ops.batches
  where batches.source_id = p_letter.source_id
    and batches.generation = p_letter.generation
    and batches.kafka_partition = p_letter.kafka_partition
    and batches.batch_no = p_letter.batch_no;
  begin
    perform ops.store_slice(ops.find_model(p_model), array[v_range]);
  exception
    when sqlstate 'SL023' then
      perform ops.make_event_partitions(ops.find_model(p_model), array[v_range], '{}');
      perform ops.store_slice(ops.find_model(p_model), array[v_range]);
  end;

  select letters.message
  into v_message
  from ops.dead_letters as letters
  where letters.source_id = p_letter.source_id
    and letters.generation = p_letter.generation
    and letters.kafka_partition = p_letter.kafka_partition
    and letters.kafka_offset = p_letter.kafka_offset
    and letters.stage = p_model;
  if found then
    raise exception '% still can''t take partition %, offset %: %',
      p_model, p_letter.kafka_partition, p_letter.kafka_offset, v_message
      using errcode = 'SL015', hint = 'Mend the model and apply it, or give p_payload.';
  end if;
end
$$;
