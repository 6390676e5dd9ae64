-- Views, carts, purchases, revenue and conversion (purchases per view; null without views) of each category.
-- kind: incremental
-- grain: category_id
select
  category_id,
  min(category_code) as category_code,
  count(*) filter (where event_type = 'view') as views,
  count(*) filter (where event_type = 'cart') as carts,
  count(*) filter (where event_type = 'purchase') as purchases,
  coalesce(sum(price) filter (where event_type = 'purchase'), 0) as revenue,
  round(
    count(*) filter (where event_type = 'purchase')::numeric
      / nullif(count(*) filter (where event_type = 'view'), 0),
    4
  ) as conversion
from silver.activity
where category_id is not null
group by category_id
