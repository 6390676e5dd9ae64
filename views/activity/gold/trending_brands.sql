-- Brands in the newest hour (UTC) of the data against the hour before, the one whose share of the events grew most at
-- place 1: shares compare well while the hour is not over. Growth is of the events, null where there were none before.
-- kind: view
with hours as (
  select max(hour_at) as hour_at
  from gold.brands_by_hour
),
brands as (
  select
    hours.hour_at,
    brands.brand,
    coalesce(sum(brands.events) filter (where brands.hour_at = hours.hour_at), 0) as events,
    coalesce(sum(brands.events) filter (where brands.hour_at < hours.hour_at), 0) as events_before
  from hours
  join gold.brands_by_hour as brands
    on brands.hour_at between hours.hour_at - interval '1 hour' and hours.hour_at
  group by hours.hour_at, brands.brand
),
totals as (
  select
    *,
    sum(events) over () as all_events,
    sum(events_before) over () as all_events_before
  from brands
)
select
  brand,
  hour_at,
  events,
  events_before,
  round(events / nullif(all_events, 0), 4) as share,
  round(events_before / nullif(all_events_before, 0), 4) as share_before,
  round(events / nullif(events_before, 0), 4) as growth,
  -- the gain of a share, times both totals: whole numbers, so that equal gains are equal
  row_number() over (
    order by events * all_events_before - events_before * all_events desc, events desc, brand
  ) as place
from totals
