-- What visitors of a shop do, one row per event. Without a key: nothing is compared with what is stored.
-- kind: event
-- time: happened_at
select
  (payload ->> 'event_id')::uuid as event_id,
  payload ->> 'event_type' as event_type,
  (payload ->> 'event_time')::timestamptz as happened_at,
  payload ->> 'user_id' as user_id,
  payload ->> 'session_id' as session_id,
  payload ->> 'product_id' as product_id,
  payload ->> 'category_code' as category_code,
  payload ->> 'brand' as brand,
  (payload ->> 'price')::numeric(12, 2) as price,
  payload ->> 'page_url' as page_url,
  payload ->> 'referrer' as referrer,
  payload ->> 'country' as country,
  payload ->> 'device' as device,
  payload ->> 'user_agent' as user_agent
from bronze.shop_events
