-- Items of orders, one row per order and position.
-- kind: event
-- key: order_id, item_no
-- time: purchased_at
select
  (purchases.payload ->> 'order_id')::uuid as order_id,
  items.item_no::int as item_no,
  purchases.payload ->> 'user_id' as user_id,
  (purchases.payload ->> 'session_id')::uuid as session_id,
  items.item ->> 'product_id' as product_id,
  (items.item ->> 'quantity')::int as quantity,
  (items.item ->> 'price')::numeric(12, 2) as price,
  (purchases.payload ->> 'event_time')::timestamptz as purchased_at
from bronze.ecommerce_purchases as purchases
cross join lateral
  jsonb_array_elements(purchases.payload -> 'items') with ordinality as items (item, item_no)
