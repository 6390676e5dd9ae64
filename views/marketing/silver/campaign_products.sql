-- The products of each campaign, as its newest entry names them, one row per campaign and product.
-- kind: view
select distinct
  campaigns.campaign_id,
  products.product_id
from silver.campaigns
cross join lateral unnest(campaigns.product_ids) as products (product_id)
