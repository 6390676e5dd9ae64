-- Active users, orders, revenue and conversion (share of the active users who ordered) in the last
-- 1, 5 and 60 minutes by the clock, the running minute included.
-- kind: view
with windows as (
  select
    window_minutes,
    ops.now() - make_interval(mins => window_minutes) as from_at
  from (values (1), (5), (60)) as choices (window_minutes)
),
users as (
  select
    windows.window_minutes,
    count(distinct minutes.user_id) as active_users,
    count(distinct minutes.user_id) filter (where minutes.orders > 0) as buyers
  from windows
  left join gold.active_users_by_minute as minutes
    on minutes.minute_at > windows.from_at
    and minutes.minute_at <= ops.now()
  group by windows.window_minutes
),
sales as (
  select
    windows.window_minutes,
    coalesce(sum(minutes.orders), 0) as orders,
    coalesce(sum(minutes.revenue), 0) as revenue
  from windows
  left join gold.sales_by_minute as minutes
    on minutes.minute_at > windows.from_at
    and minutes.minute_at <= ops.now()
  group by windows.window_minutes
)
select
  window_minutes,
  users.active_users,
  sales.orders,
  sales.revenue,
  round(users.buyers::numeric / nullif(users.active_users, 0), 4) as conversion
from users
join sales using (window_minutes)
