-- Counts dead letters of ingest that were replayed or discarded into ops.offsets. It locks rows that ingesters need,
-- in the order that ops.advance locks them: the last thing that a transaction does.
-- p_counts: objects with source_id, generation, partition, letters (that went), and of a replay: stored, batch_no.
-- kind: routine
create or replace function ops.count_settled_letters(p_counts jsonb)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_counts record;
begin
  for v_counts in
    select *
    from jsonb_to_recordset(p_counts) as counts (
      source_id int, generation smallint, partition int, letters bigint, stored bigint, batch_no bigint
    )
    order by 1, 2, 3
  loop
    update ops.offsets
    set stored_rows = offsets.stored_rows + coalesce(v_counts.stored, 0),
      dead_letters = offsets.dead_letters - v_counts.letters,
      discarded = offsets.discarded + case when v_counts.batch_no is null then v_counts.letters else 0 end,
      lowest_batch_no = case when v_counts.stored > 0 then v_counts.batch_no else offsets.lowest_batch_no end
    where offsets.source_id = v_counts.source_id
      and offsets.generation = v_counts.generation
      and offsets.kafka_partition = v_counts.partition;
  end loop;
end
$$;
