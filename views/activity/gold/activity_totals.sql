-- Events, sessions by what was done in them, purchases and revenue of all time, in one row.
-- kind: incremental
-- grain: period
select
  'all time' as period,
  count(*) as events,
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
