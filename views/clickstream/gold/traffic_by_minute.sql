-- Events, by what they are, and distinct visitors per minute.
-- kind: incremental
-- grain: minute_at
select
  date_trunc('minute', happened_at) as minute_at,
  count(*) as events,
  count(*) filter (where event_type = 'page_view') as page_views,
  count(*) filter (where event_type = 'click') as clicks,
  count(*) filter (where event_type = 'add_to_cart') as added_to_cart,
  count(*) filter (where event_type = 'search') as searches,
  count(distinct user_id) as visitors
from silver.clicks
group by 1
