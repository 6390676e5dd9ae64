-- Distinct users and sessions, and events, per hour (UTC).
-- kind: incremental
-- grain: hour_at
select
  date_trunc('hour', happened_at, 'UTC') as hour_at,
  count(*) as events,
  count(distinct user_id) as users,
  count(distinct user_session) as sessions
from silver.activity
group by 1
