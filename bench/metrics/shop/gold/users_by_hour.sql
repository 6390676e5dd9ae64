-- Users per hour (UTC), each counted once.
-- kind: incremental
-- grain: hour_at
select
  date_trunc('hour', happened_at, 'UTC') as hour_at,
  count(distinct user_id) as users
from silver.shop_events
group by 1
