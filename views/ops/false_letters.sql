-- The dead letters of an event or entity model that are none: events that the model could take, or has stored besides.
-- Used by verify. Each letter's event is tried again, and what that stores is undone.
-- kind: routine
create or replace function ops.false_letters(p_model text)
returns table (source_id int, generation smallint, kafka_partition int, kafka_offset bigint)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set jit = off
set random_page_cost = 0.1
as $$
#variable_conflict use_column
declare
  v_model ops.stored_model := ops.find_model(p_model);
  v_range ops.batch_range;
  v_one ops.batch_range;
  v_letter record;
begin
  foreach v_range in array ops.applied_ranges(p_model) loop
    for v_letter in
      select letters.kafka_offset
      from ops.dead_letters as letters
      where letters.stage = p_model
        and letters.source_id = v_range.source_id
        and letters.generation = v_range.generation
        and letters.kafka_partition = v_range.kafka_partition
        and letters.batch_no between v_range.from_batch and v_range.to_batch
    loop
      v_one := v_range;
      v_one.first_offset := v_letter.kafka_offset;
      v_one.last_offset := v_letter.kafka_offset;
      continue when cardinality(ops.find_bad_in_piece(v_model, v_one, 'parse', '{}', 1)) > 0;
      continue when cardinality(ops.find_bad_in_piece(v_model, v_one, 'take', '{}', 1)) > 0;
      return query
      select v_one.source_id, v_one.generation, v_one.kafka_partition, v_letter.kafka_offset;
    end loop;
  end loop;
end
$$;
