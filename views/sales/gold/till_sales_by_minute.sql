-- Sales of the tills per minute: orders, what was taken, profit.
-- kind: incremental
-- grain: minute_at
select
  date_trunc('minute', sold_at) as minute_at,
  count(*) as orders,
  sum(sale_price) as sales,
  sum(sale_price) - sum(cost_price) as profit
from silver.sales
group by 1
