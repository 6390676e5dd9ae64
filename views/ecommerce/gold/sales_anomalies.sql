-- Each hour (UTC) since the first order that is over by the clock, against the same hour of the week in up to eight weeks before.
-- z_score: how many deviations the orders are off the usual number; null in the first week. The deviation is the standard deviation
-- of those weeks, but at least what chance makes of such a number: its square root, or 1.
-- is_anomaly: there are three weeks to compare with, and the z-score is 3 or more, up (a surge) or down (a drop).
-- kind: view
with hours as (
  select series.hour_at
  from (select min(hour_at) as hour_at from gold.hourly_sales) as earliest
  cross join lateral generate_series(
    earliest.hour_at,
    date_trunc('hour', ops.now(), 'UTC') - interval '1 hour',
    interval '1 hour'
  ) as series (hour_at)
),
sales as (
  select
    hour_at,
    coalesce(hourly_sales.orders, 0) as orders,
    coalesce(hourly_sales.revenue, 0) as revenue
  from hours
  left join gold.hourly_sales using (hour_at)
),
compared as (
  select
    hour_at,
    orders,
    revenue,
    count(*) over weeks_before as weeks,
    avg(orders) over weeks_before as usual_orders,
    avg(revenue) over weeks_before as usual_revenue,
    stddev_samp(orders) over weeks_before as deviation
  from sales
  window weeks_before as (
    partition by extract(epoch from hour_at)::bigint % (7 * 24 * 3600)
    order by hour_at
    rows between 8 preceding and 1 preceding
  )
),
scored as (
  select
    *,
    round((orders - usual_orders) / greatest(deviation, sqrt(usual_orders), 1), 2) as z_score
  from compared
)
select
  hour_at,
  orders,
  round(usual_orders, 2) as usual_orders,
  revenue,
  round(usual_revenue, 2) as usual_revenue,
  weeks,
  z_score,
  weeks >= 3 and abs(z_score) >= 3 as is_anomaly
from scored
