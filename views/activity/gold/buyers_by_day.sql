-- Users who bought something on a day (UTC), with the number of sessions in which they did.
-- kind: incremental
-- grain: day_at, user_id
select
  date_trunc('day', happened_at, 'UTC') as day_at,
  user_id,
  count(distinct user_session) as purchase_sessions
from silver.activity
where event_type = 'purchase'
  and user_id is not null
group by 1, 2
