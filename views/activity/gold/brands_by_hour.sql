-- Events, purchases and revenue per hour (UTC) and brand.
-- kind: incremental
-- grain: hour_at, brand
select
  date_trunc('hour', happened_at, 'UTC') as hour_at,
  brand,
  count(*) as events,
  count(*) filter (where event_type = 'purchase') as purchases,
  coalesce(sum(price) filter (where event_type = 'purchase'), 0) as revenue
from silver.activity
where brand is not null
group by 1, 2
