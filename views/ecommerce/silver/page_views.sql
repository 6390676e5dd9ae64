-- Page views of the shop, one row per view.
-- kind: event
-- key: event_id
-- time: viewed_at
select
  (payload ->> 'event_id')::uuid as event_id,
  payload ->> 'user_id' as user_id,
  (payload ->> 'session_id')::uuid as session_id,
  payload ->> 'product_id' as product_id,
  payload ->> 'page_type' as page_type,
  (payload ->> 'view_duration_s')::numeric as view_duration_s,
  payload ->> 'device' as device,
  (payload ->> 'event_time')::timestamptz as viewed_at
from bronze.ecommerce_page_views
