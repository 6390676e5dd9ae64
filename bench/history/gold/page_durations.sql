-- How long pages are looked at, per hour (UTC) and type of page: the median and what 95 % stay below.
-- kind: incremental
-- grain: hour_at, page_type
select
  date_trunc('hour', viewed_at, 'UTC') as hour_at,
  page_type,
  count(*) as views,
  percentile_disc(0.5) within group (order by view_duration_s) as median_s,
  percentile_disc(0.95) within group (order by view_duration_s) as p95_s
from silver.page_views
group by 1, 2
