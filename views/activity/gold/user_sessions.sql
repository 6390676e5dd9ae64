-- Sessions as the store names them, however long they pause: whose they are, when they were, what was done in them.
-- kind: incremental
-- grain: user_session
select
  user_session,
  min(user_id) as user_id,
  min(happened_at) as started_at,
  max(happened_at) as ended_at,
  count(*) as events,
  count(*) filter (where event_type = 'view') as views,
  count(*) filter (where event_type = 'cart') as carts,
  count(*) filter (where event_type = 'purchase') as purchases,
  coalesce(sum(price) filter (where event_type = 'purchase'), 0) as revenue
from silver.activity
where user_session is not null
group by user_session
