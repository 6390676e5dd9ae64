-- Events of all campaigns, and the customers they are of: one row.
-- kind: view
select
  coalesce(sum(events), 0) as events,
  count(customer_id) as customers,
  count(customer_id) filter (where clicked > 0) as customers_who_clicked
from gold.customer_engagement
