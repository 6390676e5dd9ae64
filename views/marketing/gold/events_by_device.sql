-- Events, openings and clicks of all campaigns per kind of device, of those events that tell one.
-- kind: view
select
  device,
  sum(events) as events,
  sum(opened) as opened,
  sum(clicked) as clicked
from gold.campaign_devices
group by device
