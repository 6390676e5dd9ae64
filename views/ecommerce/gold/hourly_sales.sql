-- Orders, revenue, unique customers and average order value per hour (UTC).
-- kind: incremental
-- grain: hour_at
select
  date_trunc('hour', purchased_at, 'UTC') as hour_at,
  count(*) as orders,
  sum(total_amount) as revenue,
  count(distinct user_id) as unique_customers,
  avg(total_amount) as average_order_value
from silver.purchases
group by 1
