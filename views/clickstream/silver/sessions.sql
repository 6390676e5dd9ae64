-- Sessions of visitors: what a user did without a pause of 30 minutes, one row per user and start. A bounce is a session
-- of one event. The hour (UTC) of the start comes first, so that the sessions of some hours are found by it.
-- kind: incremental
-- grain: hour_at, user_id, started_at
-- scope: user_id
-- reach: 30 minutes
with gaps as (
  select
    user_id,
    happened_at,
    event_type,
    case
      when happened_at - lag(happened_at) over (partition by user_id order by happened_at)
        < interval '30 minutes'
        then 0
      else 1
    end as is_new
  from silver.clicks
  where user_id is not null
),
numbered as (
  select *, sum(is_new) over (partition by user_id order by happened_at) as session_no
  from gaps
)
select
  date_trunc('hour', min(happened_at), 'UTC') as hour_at,
  user_id,
  min(happened_at) as started_at,
  max(happened_at) as ended_at,
  count(*) = 1 as is_bounce,
  count(*) as events,
  count(*) filter (where event_type = 'page_view') as page_views,
  extract(epoch from max(happened_at) - min(happened_at)) as duration_s
from numbered
group by user_id, session_no
