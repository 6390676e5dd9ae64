-- Views, orders, revenue and conversion (orders per view; null without views) of each product, with its name.
-- kind: view
with counts as (
  select
    product_id,
    coalesce(product_views.views, 0) as views,
    coalesce(product_sales.orders, 0) as orders,
    coalesce(product_sales.units, 0) as units,
    coalesce(product_sales.revenue, 0) as revenue
  from gold.product_views
  full join gold.product_sales using (product_id)
)
select
  counts.product_id,
  shop_products.product_name,
  shop_products.category,
  counts.views,
  counts.orders,
  counts.units,
  counts.revenue,
  round(counts.orders::numeric / nullif(counts.views, 0), 4) as conversion
from counts
left join silver.shop_products using (product_id)
