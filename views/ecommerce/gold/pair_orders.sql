-- Orders with both products of each pair.
-- kind: incremental
-- grain: product_id, other_product_id
select
  product_id,
  other_product_id,
  count(*) as orders_together
from silver.order_pairs
group by product_id, other_product_id
