-- Events, spend and the last time of each user.
-- kind: incremental
-- grain: user_id
select
  user_id,
  count(*) as events,
  sum(price) filter (where event_type = 'purchase') as spend,
  max(happened_at) as last_seen_at
from silver.shop_events
group by user_id
