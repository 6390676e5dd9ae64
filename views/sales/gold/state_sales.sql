-- Sales of each state as it is written; with its place on the map: gold.sales_by_state.
-- kind: incremental
-- grain: state
select
  state,
  count(*) as orders,
  count(distinct customer_id) as customers,
  sum(sale_price) as sales,
  sum(cost_price) as cost,
  sum(sale_price) - sum(cost_price) as profit,
  round((sum(sale_price) - sum(cost_price)) / nullif(sum(sale_price), 0), 4) as margin
from silver.sales
group by state
