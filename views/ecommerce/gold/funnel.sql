-- The way to an order, one row per day (UTC) and step: the sessions that were seen at the step, and those that got at least as
-- far, which only become fewer. A session may come in anywhere, by a link to a product for one.
-- kind: view
with journeys as (
  select
    day_at,
    last_step_no,
    array[saw_home, saw_category, saw_product, saw_cart, saw_checkout, has_ordered] as is_seen,
    count(*) as sessions
  from gold.session_steps
  group by 1, 2, 3
),
steps as (
  select
    journeys.day_at,
    names.step_no,
    names.step,
    coalesce(sum(sessions) filter (where is_seen[names.step_no]), 0) as sessions_seen,
    coalesce(sum(sessions) filter (where last_step_no >= names.step_no), 0) as sessions
  from journeys
  cross join (
    values (1, 'home'), (2, 'category'), (3, 'product'), (4, 'cart'), (5, 'checkout'), (6, 'order')
  ) as names (step_no, step)
  group by 1, 2, 3
)
select
  day_at,
  step_no,
  step,
  sessions_seen,
  sessions,
  round(sessions / first_value(sessions) over to_order, 4) as share_of_all,
  round(sessions / nullif(lag(sessions) over to_order, 0), 4) as share_of_step_before
from steps
window to_order as (partition by day_at order by step_no)
