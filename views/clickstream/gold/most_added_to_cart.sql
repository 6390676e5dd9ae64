-- How often, and by how many visitors, each product was put into a cart, and how often it was taken out again.
-- kind: incremental
-- grain: product_id
select
  product_id,
  count(*) filter (where event_type = 'add_to_cart') as added,
  count(*) filter (where event_type = 'remove_from_cart') as removed,
  count(distinct user_id) filter (where event_type = 'add_to_cart') as visitors
from silver.clicks
where event_type in ('add_to_cart', 'remove_from_cart')
  and product_id is not null
group by product_id
