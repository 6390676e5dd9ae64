-- Sessions that put something into the cart, with the hour (UTC) in which they began to, and whether an order came within
-- 60 minutes after that or after something more was put in.
-- kind: incremental
-- grain: hour_at, session_id
-- scope: session_id
select
  date_trunc('hour', min(cart_events.happened_at), 'UTC') as hour_at,
  cart_events.session_id,
  bool_or(purchases.purchased_at is not null) as is_ordered
from silver.cart_events
left join silver.purchases
  on purchases.session_id = cart_events.session_id
  and purchases.purchased_at >= cart_events.happened_at
  and purchases.purchased_at <= cart_events.happened_at + interval '60 minutes'
where cart_events.action = 'add'
group by cart_events.session_id
