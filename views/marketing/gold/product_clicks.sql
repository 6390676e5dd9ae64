-- Clicks on each product in e-mails, and the customers who clicked.
-- kind: incremental
-- grain: product_id
select
  product_id,
  count(*) as clicks,
  count(distinct customer_id) as customers
from silver.email_events
where event_type = 'CLICKED' and product_id is not null
group by product_id
