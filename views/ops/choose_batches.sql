-- Chooses batches out of ranges of batch numbers, the oldest or the newest first, until they hold p_rows events
-- (at least one batch), and returns them as ranges with the bounds of their offsets and times.
-- p_missing: source, generation, partition and batch numbers; the rest of each is not looked at.
-- In plpgsql, which keeps its plan: each tick calls it.
-- kind: routine
create or replace function ops.choose_batches(
  p_missing ops.batch_range[],
  p_rows bigint,
  p_is_newest_first boolean default false
) returns ops.batch_range[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- of each range; of one alone so many that a topic of few events, each a batch of its own, takes no step for each 200
  v_most int := greatest(200, 10000 / nullif(cardinality(p_missing), 0));
begin
  return (
    with missing as (
      select * from unnest(p_missing)
    ),
    candidates as (
      select batches.*
      from missing
      cross join lateral (
        (
          select batches.*
          from ops.batches
          where not p_is_newest_first
            and batches.source_id = missing.source_id
            and batches.generation = missing.generation
            and batches.kafka_partition = missing.kafka_partition
            and batches.batch_no between missing.from_batch and missing.to_batch
          order by batches.batch_no
          limit v_most
        )
        union all
        (
          select batches.*
          from ops.batches
          where p_is_newest_first
            and batches.source_id = missing.source_id
            and batches.generation = missing.generation
            and batches.kafka_partition = missing.kafka_partition
            and batches.batch_no between missing.from_batch and missing.to_batch
          order by batches.batch_no desc
          limit v_most
        )
      ) as batches
    ),
    ranked as (
      select
        candidates.*,
        row_number() over (
          order by
            case when p_is_newest_first then candidates.stored_at end desc,
            candidates.stored_at, candidates.source_id, candidates.kafka_partition,
            case when p_is_newest_first then -candidates.batch_no else candidates.batch_no end
        ) as place
      from candidates
    ),
    counted as (
      select ranked.*, sum(ranked.row_count) over (order by ranked.place) - ranked.row_count as rows_before
      from ranked
    ),
    chosen as (
      select * from counted where rows_before < p_rows
    ),
    islands as (
      select
        chosen.source_id, chosen.generation, chosen.kafka_partition,
        unnest(range_agg(int8range(chosen.batch_no, chosen.batch_no + 1))) as batch_nos
      from chosen
      group by chosen.source_id, chosen.generation, chosen.kafka_partition
    ),
    ranges as (
      select
        islands.source_id,
        islands.generation,
        islands.kafka_partition,
        lower(islands.batch_nos) as from_batch,
        upper(islands.batch_nos) - 1 as to_batch,
        min(chosen.first_offset) as first_offset,
        max(chosen.last_offset) as last_offset,
        min(chosen.stored_at) as from_at,
        max(chosen.stored_at) as to_at,
        sum(chosen.row_count)::bigint as row_count
      from islands
      join chosen
        on chosen.source_id = islands.source_id
        and chosen.generation = islands.generation
        and chosen.kafka_partition = islands.kafka_partition
        and chosen.batch_no <@ islands.batch_nos
      group by islands.source_id, islands.generation, islands.kafka_partition, islands.batch_nos
    )
    select coalesce(
      array_agg(
        row(
          ranges.source_id, ranges.generation, ranges.kafka_partition, ranges.from_batch, ranges.to_batch,
          ranges.first_offset, ranges.last_offset, ranges.from_at, ranges.to_at, ranges.row_count
        )::ops.batch_range
        order by ranges.from_at, ranges.source_id, ranges.kafka_partition, ranges.from_batch
      ),
      '{}'
    )
    from ranges
  );
end
$$;
