-- Visits of users: page views without a pause of 30 minutes.
-- kind: incremental
-- grain: user_id, started_at
-- scope: user_id
-- reach: 30 minutes
with gaps as (
  select
    user_id,
    viewed_at,
    case
      when viewed_at - lag(viewed_at) over (partition by user_id order by viewed_at) < interval '30 minutes'
        then 0
      else 1
    end as is_new
  from silver.page_views
),
numbered as (
  select *, sum(is_new) over (partition by user_id order by viewed_at) as visit_no
  from gaps
)
select
  user_id,
  min(viewed_at) as started_at,
  max(viewed_at) as ended_at,
  count(*) as views
from numbered
group by user_id, visit_no
