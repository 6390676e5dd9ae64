-- Clicks on each product in the e-mails of each campaign, and the customers who clicked.
-- kind: incremental
-- grain: campaign_id, product_id
select
  campaign_id,
  product_id,
  count(*) as clicks,
  count(distinct customer_id) as customers
from silver.email_events
where event_type = 'CLICKED' and product_id is not null
group by campaign_id, product_id
