-- Products by the clicks on them in the e-mails of each campaign, the most clicked first (rank 1; equals share a rank).
-- is_promoted: the campaign, as it is now, is for this product.
-- kind: view
select
  clicks.campaign_id,
  clicks.product_id,
  products.product_name,
  products.category,
  products.image_url,
  campaign_products.product_id is not null as is_promoted,
  clicks.clicks,
  clicks.customers,
  rank() over (
    partition by clicks.campaign_id
    order by clicks.clicks desc, clicks.customers desc
  ) as rank
from gold.campaign_product_clicks as clicks
left join silver.products using (product_id)
left join silver.campaign_products using (campaign_id, product_id)
