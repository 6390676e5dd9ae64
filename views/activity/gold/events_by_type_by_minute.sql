-- Events per minute and type.
-- kind: incremental
-- grain: minute_at, event_type
select
  date_trunc('minute', happened_at) as minute_at,
  event_type,
  count(*) as events
from silver.activity
group by 1, 2
