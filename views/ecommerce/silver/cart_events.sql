-- Products put into carts and taken out again, one row per change.
-- kind: event
-- key: event_id
-- time: happened_at
select
  (payload ->> 'event_id')::uuid as event_id,
  payload ->> 'user_id' as user_id,
  (payload ->> 'session_id')::uuid as session_id,
  payload ->> 'action' as action,
  payload ->> 'product_id' as product_id,
  (payload ->> 'quantity')::int as quantity,
  (payload ->> 'event_time')::timestamptz as happened_at
from bronze.ecommerce_cart
