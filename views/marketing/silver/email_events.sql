-- What became of each e-mail: sent, delivered, opened, clicked and so on, one row per event.
-- kind: event
-- key: event_id
-- time: happened_at
-- private: email
select
  (payload ->> 'event_id')::uuid as event_id,
  payload ->> 'campaign_id' as campaign_id,
  payload ->> 'customer_id' as customer_id,
  payload ->> 'type_event' as event_type,
  payload ->> 'product_id' as product_id,
  payload ->> 'email' as email,
  payload ->> 'gender' as gender,
  payload ->> 'country' as country,
  payload ->> 'state' as state,
  payload ->> 'city' as city,
  silver.browser_of(payload ->> 'user_agent') as browser,
  silver.os_of(payload ->> 'user_agent') as os,
  silver.device_of(payload ->> 'user_agent') as device,
  (payload ->> 'event_date')::timestamptz as happened_at
from bronze.marketing_events
