-- What each customer did with the e-mails of all campaigns.
-- kind: incremental
-- grain: customer_id
select
  customer_id,
  count(*) as events,
  count(*) filter (where event_type = 'OPENED') as opened,
  count(*) filter (where event_type = 'CLICKED') as clicked,
  max(happened_at) as last_event_at
from silver.email_events
group by customer_id
