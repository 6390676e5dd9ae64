-- How far each session got on each day (UTC): which steps to an order it was seen at, and the number of the last one, from
-- 1 (home) to 6 (order).
-- kind: incremental
-- grain: day_at, session_id
with steps as (
  select
    session_id,
    page_type as step,
    array_position(array['home', 'category', 'product', 'cart', 'checkout'], page_type) as step_no,
    viewed_at as reached_at
  from silver.page_views
  union all
  select session_id, 'order', 6, purchased_at
  from silver.purchases
)
select
  date_trunc('day', reached_at, 'UTC') as day_at,
  session_id,
  bool_or(step = 'home') as saw_home,
  bool_or(step = 'category') as saw_category,
  bool_or(step = 'product') as saw_product,
  bool_or(step = 'cart') as saw_cart,
  bool_or(step = 'checkout') as saw_checkout,
  bool_or(step = 'order') as has_ordered,
  max(step_no) as last_step_no
from steps
where step_no is not null
group by 1, 2
