-- Sessions with something put into the cart, per hour (UTC) in which they began to, and how many of them are abandoned: without
-- an order within 60 minutes, until one is seen.
-- kind: view
select
  hour_at,
  count(*) as carts,
  count(*) filter (where not is_ordered) as abandoned_carts,
  round(count(*) filter (where not is_ordered)::numeric / count(*), 4) as abandonment_rate
from gold.session_carts
group by hour_at
