-- Events, openings and clicks of each campaign per device, operating system and browser.
-- kind: incremental
-- grain: campaign_id, device, os, browser
select
  campaign_id,
  device,
  os,
  browser,
  count(*) as events,
  count(*) filter (where event_type = 'OPENED') as opened,
  count(*) filter (where event_type = 'CLICKED') as clicked
from silver.email_events
where device is not null
group by 1, 2, 3, 4
