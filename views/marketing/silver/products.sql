-- Products that campaigns are for by their newest entry, one row per product.
-- kind: entity
-- key: product_id
select
  payload ->> 'product_id' as product_id,
  payload ->> 'name' as product_name,
  payload ->> 'category' as category,
  (payload ->> 'price')::numeric(12, 2) as price,
  payload ->> 'image_url' as image_url
from bronze.marketing_products
