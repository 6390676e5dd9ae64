-- What to recommend to those who buy a product: what was bought with it in two orders or more, the highest lift first (place 1).
-- One row per product and other product.
-- kind: view
with both_ways as (
  select
    product_id, product_name, other_product_id, other_product_name,
    orders_together, support, lift
  from gold.bought_together
  union all
  select
    other_product_id, other_product_name, product_id, product_name,
    orders_together, support, lift
  from gold.bought_together
)
select
  both_ways.product_id,
  row_number() over (
    partition by both_ways.product_id
    order by both_ways.lift desc, both_ways.orders_together desc, both_ways.other_product_id
  ) as place,
  both_ways.product_name,
  both_ways.other_product_id,
  both_ways.other_product_name,
  others.image_url as other_image_url,
  both_ways.orders_together,
  both_ways.support,
  both_ways.lift
from both_ways
left join silver.shop_products as others on others.product_id = both_ways.other_product_id
where both_ways.orders_together > 1
