-- The figures of activity_kpis_by_day over all time, in one row. Returning users were seen on two days or more.
-- kind: view
with users as (
  select
    count(*) as users,
    count(*) filter (
      where date_trunc('day', first_seen_at, 'UTC') < date_trunc('day', last_seen_at, 'UTC')
    ) as returning_users,
    count(*) filter (where purchase_sessions >= 1) as customers,
    count(*) filter (where purchase_sessions >= 2) as repeat_customers
  from gold.store_users
)
select
  coalesce(totals.events, 0) as events,
  users.users,
  users.returning_users,
  coalesce(totals.view_sessions, 0) as view_sessions,
  coalesce(totals.cart_sessions, 0) as cart_sessions,
  coalesce(totals.purchase_sessions, 0) as purchase_sessions,
  coalesce(totals.purchases, 0) as purchases,
  coalesce(totals.revenue, 0) as revenue,
  users.customers,
  users.repeat_customers,
  round(totals.purchase_sessions::numeric / nullif(totals.view_sessions, 0), 4) as conversion_rate,
  round(1 - totals.cart_purchase_sessions::numeric / nullif(totals.cart_sessions, 0), 4)
    as cart_abandonment_rate,
  round(users.repeat_customers::numeric / nullif(users.customers, 0), 4) as repeat_customer_rate,
  round(totals.revenue / nullif(totals.purchase_sessions, 0), 2) as average_order_value
from users
left join gold.activity_totals as totals on true
