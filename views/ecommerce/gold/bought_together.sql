-- Pairs of products bought in the same order: how often, support (share of all orders) and lift
-- (1: as often as chance would have it). Recommendations are the pairs of highest lift.
-- kind: materialized
-- grain: product_id, other_product_id
-- every: 10 seconds
with contents as (
  select distinct order_id, product_id
  from silver.purchase_items
),
all_orders as (
  select count(distinct order_id)::numeric as orders
  from contents
),
product_orders as (
  select product_id, count(*)::numeric as orders
  from contents
  group by product_id
),
pairs as (
  select
    one.product_id,
    other.product_id as other_product_id,
    count(*) as orders_together
  from contents as one
  join contents as other
    on other.order_id = one.order_id
    and other.product_id > one.product_id
  group by 1, 2
)
select
  pairs.product_id,
  pairs.other_product_id,
  pairs.orders_together,
  round(pairs.orders_together / all_orders.orders, 6) as support,
  round(pairs.orders_together * all_orders.orders / (one.orders * other.orders), 4) as lift
from pairs
cross join all_orders
join product_orders as one on one.product_id = pairs.product_id
join product_orders as other on other.product_id = pairs.other_product_id
