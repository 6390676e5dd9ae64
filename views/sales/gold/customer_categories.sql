-- Orders and spend of each customer in each category.
-- kind: incremental
-- grain: customer_id, category_id
select
  customer_id,
  category_id,
  count(*) as orders,
  sum(sale_price) as spend
from silver.sales
group by customer_id, category_id
