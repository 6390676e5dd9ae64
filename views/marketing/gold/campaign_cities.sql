-- Events, openings and clicks of each campaign per city.
-- kind: incremental
-- grain: campaign_id, country, state, city
select
  campaign_id,
  country,
  state,
  city,
  count(*) as events,
  count(*) filter (where event_type = 'OPENED') as opened,
  count(*) filter (where event_type = 'CLICKED') as clicked
from silver.email_events
group by 1, 2, 3, 4
