-- Events and orders per minute and user: who was active when.
-- kind: incremental
-- grain: minute_at, user_id
with actions as (
  select user_id, viewed_at as acted_at, 0 as orders
  from silver.page_views
  union all
  select user_id, happened_at, 0
  from silver.cart_events
  union all
  select user_id, searched_at, 0
  from silver.searches
  union all
  select user_id, purchased_at, 1
  from silver.purchases
)
select
  date_trunc('minute', acted_at) as minute_at,
  user_id,
  count(*) as events,
  sum(orders) as orders
from actions
group by 1, 2
