-- What visitors of the site did: pages seen, elements clicked, carts, searches. One row per event.
-- kind: event
-- key: event_id
-- time: happened_at
select
  (payload ->> 'event_id')::uuid as event_id,
  payload ->> 'user_id' as user_id,
  (payload ->> 'session_id')::uuid as session_id,
  payload ->> 'event_type' as event_type,
  silver.url_host(payload ->> 'page_url') as host,
  silver.url_path(payload ->> 'page_url') as path,
  silver.url_parameter(payload ->> 'page_url', 'utm_source') as utm_source,
  silver.url_parameter(payload ->> 'page_url', 'utm_medium') as utm_medium,
  silver.url_parameter(payload ->> 'page_url', 'utm_campaign') as utm_campaign,
  payload ->> 'element' as element,
  payload ->> 'product_id' as product_id,
  payload ->> 'search_query' as search_query,
  silver.url_host(payload ->> 'referrer') as referrer_host,
  payload ->> 'country' as country,
  (payload ->> 'event_time')::timestamptz as happened_at
from bronze.clickstream
