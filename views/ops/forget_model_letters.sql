-- Deletes a model's dead letters whose events are in bronze, and opens those again that were discarded: the next version of
-- the model takes all events anew.
-- kind: routine
create or replace function ops.forget_model_letters(p_model text)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_source record;
begin
  for v_source in
    select distinct sources.source_id, sources.table_name
    from ops.dead_letters
    join ops.sources using (source_id)
    where dead_letters.stage = p_model
  loop
    execute format(
      $sql$
        delete from ops.dead_letters
        using bronze.%I as events
        where dead_letters.source_id = $1
          and dead_letters.stage = $2
          and events.generation = dead_letters.generation
          and events.kafka_partition = dead_letters.kafka_partition
          and events.kafka_offset = dead_letters.kafka_offset
      $sql$,
      v_source.table_name
    )
    using v_source.source_id, p_model;
  end loop;
  update ops.settled_letters
  set is_reopened = true
  where settled_letters.stage = p_model
    and settled_letters.outcome = 'discarded'
    and not settled_letters.is_reopened;
end
$$;
