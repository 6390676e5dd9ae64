-- What became of the e-mails of each campaign, per hour (UTC).
-- kind: incremental
-- grain: hour_at, campaign_id
select
  date_trunc('hour', happened_at, 'UTC') as hour_at,
  campaign_id,
  count(*) as events,
  count(*) filter (where event_type = 'SENT') as sent,
  count(*) filter (where event_type = 'DELIVERED') as delivered,
  count(*) filter (where event_type = 'OPENED') as opened,
  count(*) filter (where event_type = 'CLICKED') as clicked,
  count(*) filter (where event_type = 'FORWARDED') as forwarded,
  count(*) filter (where event_type = 'SPAM') as spam,
  count(*) filter (where event_type = 'HARD_BOUNCE') as bounced
from silver.email_events
group by 1, 2
