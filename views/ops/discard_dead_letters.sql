-- Gives up dead letters, with their bytes; a line of each stays in ops.settled_letters. Returns how many.
-- p_stage, p_partition, p_offsets, p_generation, p_sqlstate: which of the topic's; as in ops.replay_dead_letters.
-- Errors: SL013 unknown topic.
-- kind: routine
create or replace function ops.discard_dead_letters(
  p_topic text,
  p_stage text default 'ingest',
  p_partition int default null,
  p_offsets bigint[] default null,
  p_generation int default null,
  p_sqlstate text default null
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_letters ops.dead_letters[];
  v_counts jsonb;
begin
  select array_agg(letters)
  into v_letters
  from ops.lock_dead_letters(p_topic, p_stage, p_partition, p_offsets, p_generation, p_sqlstate) as letters;
  if v_letters is null then
    return 0;
  end if;
  perform ops.settle_dead_letters(v_letters);

  if p_stage = 'ingest' then
    select jsonb_agg(counts)
    into v_counts
    from (
      select letters.source_id, letters.generation, letters.kafka_partition as partition, count(*) as letters
      from unnest(v_letters) as letters
      group by 1, 2, 3
    ) as counts;
    perform ops.count_settled_letters(v_counts);
  end if;
  return cardinality(v_letters);
end
$$;
