-- Pairs of products bought in the same order, with their names: how often, support (share of all orders) and lift (1: as often
-- as chance would have it).
-- kind: view
with all_orders as (
  select sum(orders) as orders
  from gold.hourly_sales
)
select
  pair_orders.product_id,
  pair_orders.other_product_id,
  products.product_name,
  others.product_name as other_product_name,
  pair_orders.orders_together,
  round(pair_orders.orders_together / all_orders.orders, 6) as support,
  round(
    pair_orders.orders_together * all_orders.orders / (sales.orders * other_sales.orders),
    4
  ) as lift
from gold.pair_orders
cross join all_orders
join gold.product_sales as sales on sales.product_id = pair_orders.product_id
join gold.product_sales as other_sales on other_sales.product_id = pair_orders.other_product_id
left join silver.shop_products as products on products.product_id = pair_orders.product_id
left join silver.shop_products as others on others.product_id = pair_orders.other_product_id
