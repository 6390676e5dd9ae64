-- Users, sessions by what was done in them, purchases and revenue of each day (UTC). Sessions with a cart and a purchase
-- are those with a cart and those with a purchase, less those with any of the two: each of the three can be merged.
-- kind: incremental
-- grain: day_at
select
  date_trunc('day', happened_at, 'UTC') as day_at,
  count(*) as events,
  count(distinct user_id) as users,
  count(distinct user_session) filter (where event_type = 'view') as view_sessions,
  count(distinct user_session) filter (where event_type = 'cart') as cart_sessions,
  count(distinct user_session) filter (where event_type = 'purchase') as purchase_sessions,
  count(distinct user_session) filter (where event_type = 'cart')
    + count(distinct user_session) filter (where event_type = 'purchase')
    - count(distinct user_session) filter (where event_type in ('cart', 'purchase'))
    as cart_purchase_sessions,
  count(*) filter (where event_type = 'purchase') as purchases,
  coalesce(sum(price) filter (where event_type = 'purchase'), 0) as revenue
from silver.activity
group by 1
