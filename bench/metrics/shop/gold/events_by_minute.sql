-- Events and the sum of their prices, per minute and type.
-- kind: incremental
-- grain: minute_at, event_type
select
  date_trunc('minute', happened_at) as minute_at,
  event_type,
  count(*) as events,
  sum(price) as amount
from silver.shop_events
group by 1, 2
