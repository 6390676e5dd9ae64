-- Sales of each city: how many orders, for how much; margin is the share of profit in sales.
-- kind: incremental
-- grain: state, city
select
  state,
  city,
  count(*) as orders,
  sum(sale_price) as sales,
  sum(cost_price) as cost,
  sum(sale_price) - sum(cost_price) as profit,
  round((sum(sale_price) - sum(cost_price)) / nullif(sum(sale_price), 0), 4) as margin
from silver.sales
group by state, city
