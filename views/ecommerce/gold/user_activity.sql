-- What each user did: sessions, events of all kinds, orders and spend, first and last seen.
-- kind: incremental
-- grain: user_id
with actions as (
  select user_id, session_id, viewed_at as seen_at, 0 as orders, 0::numeric as spend
  from silver.page_views
  union all
  select user_id, session_id, happened_at, 0, 0
  from silver.cart_events
  union all
  select user_id, session_id, searched_at, 0, 0
  from silver.searches
  union all
  select user_id, session_id, purchased_at, 1, total_amount
  from silver.purchases
)
select
  user_id,
  count(distinct session_id) as sessions,
  count(*) as events,
  sum(orders) as orders,
  sum(spend) as spend,
  min(seen_at) as first_seen_at,
  max(seen_at) as last_seen_at
from actions
group by user_id
