-- Products by the clicks on them in e-mails of all campaigns, the most clicked first (rank 1; equals share a rank).
-- kind: view
select
  product_clicks.product_id,
  products.product_name,
  products.category,
  products.image_url,
  product_clicks.clicks,
  product_clicks.customers,
  rank() over (order by product_clicks.clicks desc, product_clicks.customers desc) as rank
from gold.product_clicks
left join silver.products using (product_id)
