-- User events of an online store, one row per event. They have no id: a line of a file that `sluice replay` sent twice
-- counts once, by its headers, and all others are events by themselves. What a line leaves empty is null.
-- kind: event
-- key: file_id, line_number
-- time: happened_at
select
  headers ->> 'sluice-file' as file_id,
  (headers ->> 'sluice-line')::bigint as line_number,
  payload ->> 'event_type' as event_type,
  payload ->> 'product_id' as product_id,
  payload ->> 'category_id' as category_id,
  nullif(payload ->> 'category_code', '') as category_code,
  nullif(payload ->> 'brand', '') as brand,
  nullif(payload ->> 'price', '')::numeric(12, 2) as price,
  payload ->> 'user_id' as user_id,
  nullif(payload ->> 'user_session', '')::uuid as user_session,
  (payload ->> 'event_time')::timestamptz as happened_at
from bronze.user_activity
