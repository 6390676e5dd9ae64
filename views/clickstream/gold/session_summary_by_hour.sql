-- Sessions by the hour (UTC) in which they began: how many, the share that bounced, and how long they took: half of
-- them at most the median, 95 of 100 at most the p95, bounces of 0 s included.
-- kind: view
select
  hour_at,
  count(*) as sessions,
  count(*) filter (where is_bounce) as bounces,
  round(count(*) filter (where is_bounce)::numeric / count(*), 4) as bounce_rate,
  round(avg(page_views), 4) as page_views_per_session,
  round(percentile_cont(0.5) within group (order by duration_s)::numeric, 3) as median_duration_s,
  round(percentile_cont(0.95) within group (order by duration_s)::numeric, 3) as p95_duration_s
from silver.sessions
group by hour_at
