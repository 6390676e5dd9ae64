-- What became of the e-mails of each campaign: events by type, and the customers they went to.
-- kind: incremental
-- grain: campaign_id
select
  campaign_id,
  count(*) as events,
  count(distinct customer_id) as customers,
  count(*) filter (where event_type = 'SENT') as sent,
  count(*) filter (where event_type = 'DELIVERED') as delivered,
  count(*) filter (where event_type = 'OPENED') as opened,
  count(*) filter (where event_type = 'CLICKED') as clicked,
  count(*) filter (where event_type = 'FORWARDED') as forwarded,
  count(*) filter (where event_type = 'SPAM') as spam,
  count(*) filter (where event_type = 'HARD_BOUNCE') as bounced,
  min(happened_at) as first_event_at,
  max(happened_at) as last_event_at
from silver.email_events
group by campaign_id
