-- Conversion, cart abandonment, repeat customers, average order value and returning users of each day (UTC). A session of
-- two days counts on each of them for what was done on it. Returning users were seen on a day before.
-- kind: view
with buyers as (
  select
    day_at,
    count(*) filter (where purchase_sessions >= 1) as customers,
    count(*) filter (where purchase_sessions >= 2) as repeat_customers
  from gold.buyers_by_day
  group by day_at
),
arrivals as (
  select
    date_trunc('day', first_seen_at, 'UTC') as day_at,
    count(*) as new_users
  from gold.store_users
  group by 1
)
select
  day_at,
  days.events,
  days.users,
  days.users - coalesce(arrivals.new_users, 0) as returning_users,
  days.view_sessions,
  days.cart_sessions,
  days.purchase_sessions,
  days.purchases,
  days.revenue,
  coalesce(buyers.customers, 0) as customers,
  coalesce(buyers.repeat_customers, 0) as repeat_customers,
  round(days.purchase_sessions::numeric / nullif(days.view_sessions, 0), 4) as conversion_rate,
  round(1 - days.cart_purchase_sessions::numeric / nullif(days.cart_sessions, 0), 4)
    as cart_abandonment_rate,
  round(buyers.repeat_customers::numeric / nullif(buyers.customers, 0), 4) as repeat_customer_rate,
  round(days.revenue / nullif(days.purchase_sessions, 0), 2) as average_order_value
from gold.activity_by_day as days
left join buyers using (day_at)
left join arrivals using (day_at)
