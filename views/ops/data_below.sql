-- What a view or materialized model over these relations would hold if it were computed now: the newest event, and
-- whether all tables below, also through others, are level with what is stored: is_level. Tables and materialized models
-- hold what they have taken, bronze tables what is stored.
-- kind: routine
create or replace function ops.data_below(p_relations text[], out newest_event_at timestamptz, out is_level boolean)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with recursive reads as (
    -- is_read: not only through a table that holds it, or does not yet
    select relations.relation, true as is_read
    from unnest(p_relations) as relations (relation)

    union

    select dependencies.relation, reads.is_read and models.kind = 'view'
    from reads
    join ops.models on models.model = reads.relation
    cross join lateral unnest(models.depends_on) as dependencies (relation)
  ),
  held as (
    select
      reads.is_read,
      tables.newest_event_at,
      tables.is_live
        or not exists (select from ops.lagging_models as lagging where lagging.model = tables.model) as is_level
    from reads
    join ops.stored_models as tables on tables.model = reads.relation

    union all

    select reads.is_read, materialized.newest_event_at, materialized.was_level
    from reads
    join ops.models as materialized on materialized.model = reads.relation
    where materialized.kind = 'materialized'

    union all

    select reads.is_read, offsets.newest_kafka_at, true
    from reads
    join ops.sources on 'bronze.' || sources.table_name = reads.relation
    join ops.offsets using (source_id, generation)
  )
  select
    max(held.newest_event_at) filter (where held.is_read),
    coalesce(bool_and(held.is_level), true)
  from held
$$;
