-- Pairs of different products in one order, one row per order and pair, the lesser product id first.
-- kind: event
-- key: order_id, product_id, other_product_id
-- time: purchased_at
select
  (purchases.payload ->> 'order_id')::uuid as order_id,
  ones.product_id,
  others.product_id as other_product_id,
  (purchases.payload ->> 'event_time')::timestamptz as purchased_at
from bronze.ecommerce_purchases as purchases
cross join lateral (
  select distinct item ->> 'product_id' as product_id
  from jsonb_array_elements(purchases.payload -> 'items') as items (item)
) as ones
cross join lateral (
  select distinct item ->> 'product_id' as product_id
  from jsonb_array_elements(purchases.payload -> 'items') as items (item)
) as others
where others.product_id > ones.product_id collate "C"
