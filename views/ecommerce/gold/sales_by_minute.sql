-- Orders and revenue per minute.
-- kind: incremental
-- grain: minute_at
select
  date_trunc('minute', purchased_at) as minute_at,
  count(*) as orders,
  sum(total_amount) as revenue
from silver.purchases
group by 1
