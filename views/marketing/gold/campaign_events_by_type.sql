-- Events of each campaign per type.
-- kind: incremental
-- grain: campaign_id, event_type
select
  campaign_id,
  event_type,
  count(*) as events
from silver.email_events
group by campaign_id, event_type
