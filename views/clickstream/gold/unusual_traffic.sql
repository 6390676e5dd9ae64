-- The minutes of the last 6 hours against the same minute of the 24 hours before each: how many standard deviations
-- its events are from their mean. A minute is unusual that is 3 or more away, and half of the mean at least, with three
-- hours or more to compare with. The running minute is not among them.
-- kind: view
with minutes as (
  select
    spine.minute_at,
    coalesce(traffic.events, 0) as events
  from generate_series(
    date_trunc('minute', ops.now()) - interval '30 hours',
    date_trunc('minute', ops.now()) - interval '1 minute',
    interval '1 minute'
  ) as spine (minute_at)
  left join gold.traffic_by_minute as traffic using (minute_at)
  where spine.minute_at >= (select min(minute_at) from gold.traffic_by_minute)
),
compared as (
  select
    minute_at,
    events,
    count(*) over same_minute as hours_before,
    avg(events) over same_minute as usual_events,
    stddev_samp(events) over same_minute as deviation
  from minutes
  window same_minute as (
    partition by extract(minute from minute_at)
    order by minute_at
    rows between 24 preceding and 1 preceding
  )
)
select
  minute_at,
  events,
  round(usual_events, 2) as usual_events,
  round((events - usual_events) / nullif(deviation, 0), 2) as z_score,
  events <> usual_events
    and hours_before >= 3
    and abs(events - usual_events) >= greatest(3 * deviation, usual_events / 2) as is_unusual
from compared
where minute_at >= date_trunc('minute', ops.now()) - interval '6 hours'
