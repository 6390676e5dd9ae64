-- How long it took from Kafka until the newest event of each of the last 3,000 slices of silver.activity was a row, in
-- milliseconds: one row per slice. The gold of the domain is moved in the same transaction.
-- kind: view
select
  newest.made_at,
  newest.row_count as events,
  round(extract(epoch from newest.made_at - newest.newest_event_at) * 1000) as milliseconds
from ops.stored_models as models
cross join lateral (
  select slices.made_at, slices.row_count, slices.newest_event_at
  from ops.slices
  where slices.model = models.model
    and slices.version = models.version
  order by slices.slice_no desc
  limit 3000
) as newest
where models.model = 'silver.activity'
