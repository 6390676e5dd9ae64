-- Users of the store: when they were first and last seen, the sessions in which they bought, and what they spent.
-- kind: incremental
-- grain: user_id
select
  user_id,
  min(happened_at) as first_seen_at,
  max(happened_at) as last_seen_at,
  count(*) as events,
  count(distinct user_session) filter (where event_type = 'purchase') as purchase_sessions,
  coalesce(sum(price) filter (where event_type = 'purchase'), 0) as spend
from silver.activity
where user_id is not null
group by user_id
