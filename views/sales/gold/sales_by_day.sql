-- Sales of each day (UTC): how many orders, of how many customers, for how much; margin is the share of profit in sales.
-- kind: incremental
-- grain: day_at
select
  date_trunc('day', sold_at, 'UTC') as day_at,
  count(*) as orders,
  count(distinct customer_id) as customers,
  sum(sale_price) as sales,
  sum(cost_price) as cost,
  sum(sale_price) - sum(cost_price) as profit,
  round((sum(sale_price) - sum(cost_price)) / nullif(sum(sale_price), 0), 4) as margin
from silver.sales
group by 1
