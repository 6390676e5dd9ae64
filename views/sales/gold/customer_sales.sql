-- Orders, spend and profit of each customer, by key; with who that is: gold.customer_insights.
-- kind: incremental
-- grain: customer_id
select
  customer_id,
  count(*) as orders,
  sum(sale_price) as spend,
  sum(sale_price) - sum(cost_price) as profit,
  min(sold_at) as first_sold_at,
  max(sold_at) as last_sold_at
from silver.sales
group by customer_id
