-- Events of all campaigns per type, and their share of all events.
-- kind: view
select
  event_type,
  sum(events) as events,
  round(sum(events) / sum(sum(events)) over (), 4) as share
from gold.campaign_events_by_type
group by event_type
