-- Incidents with their topics, for people and dashboards.
-- kind: view
select
  incidents.noticed_at,
  sources.topic,
  incidents.kafka_partition,
  incidents.kind,
  incidents.message,
  incidents.resolved_at
from ops.incidents
left join ops.sources using (source_id)
