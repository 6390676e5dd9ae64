-- Orders, units and revenue of each product.
-- kind: incremental
-- grain: product_id
select
  product_id,
  count(distinct order_id) as orders,
  sum(quantity) as units,
  sum(quantity * price) as revenue
from silver.purchase_items
group by product_id
