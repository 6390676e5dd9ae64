-- Searches in the shop, one row per search.
-- kind: event
-- key: event_id
-- time: searched_at
select
  (payload ->> 'event_id')::uuid as event_id,
  payload ->> 'user_id' as user_id,
  (payload ->> 'session_id')::uuid as session_id,
  payload ->> 'query' as query,
  (payload ->> 'results')::int as results,
  (payload ->> 'event_time')::timestamptz as searched_at
from bronze.ecommerce_searches
