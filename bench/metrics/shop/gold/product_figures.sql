-- Views, carts, purchases and revenue of each product.
-- kind: incremental
-- grain: product_id
select
  product_id,
  count(*) filter (where event_type = 'view') as views,
  count(*) filter (where event_type = 'cart') as carts,
  count(*) filter (where event_type = 'purchase') as purchases,
  sum(price) filter (where event_type = 'purchase') as revenue
from silver.shop_events
group by product_id
