-- The sources that each model reads, directly or through other models: one row per model and source.
-- kind: view
with recursive reads as (
  select
    models.schema_name || '.' || models.object_name as model,
    dependencies.relation
  from ops.models
  cross join lateral unnest(models.depends_on) as dependencies (relation)
  where models.schema_name in ('silver', 'gold')

  union

  select reads.model, dependencies.relation
  from reads
  join ops.models on models.schema_name || '.' || models.object_name = reads.relation
  cross join lateral unnest(models.depends_on) as dependencies (relation)
)
select
  reads.model,
  sources.source_id,
  sources.topic,
  max(offsets.newest_kafka_at) as newest_event_at
from reads
join ops.sources on 'bronze.' || sources.table_name = reads.relation
left join ops.offsets
  on offsets.source_id = sources.source_id
  and offsets.generation = sources.generation
group by reads.model, sources.source_id, sources.topic
