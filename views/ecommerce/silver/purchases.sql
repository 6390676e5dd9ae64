-- Orders as they were placed, one row per order.
-- kind: event
-- key: order_id
-- time: purchased_at
select
  (payload ->> 'order_id')::uuid as order_id,
  payload ->> 'user_id' as user_id,
  (payload ->> 'session_id')::uuid as session_id,
  (payload ->> 'total_amount')::numeric(12, 2) as total_amount,
  payload ->> 'payment_method' as payment_method,
  payload ->> 'card_last4' as card_last4,
  (payload ->> 'event_time')::timestamptz as purchased_at
from bronze.ecommerce_purchases
