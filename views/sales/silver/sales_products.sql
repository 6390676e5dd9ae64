-- Products that were sold, one row per category and name.
-- kind: entity
-- key: product_id
select
  silver.sales_key(payload ->> 'category', payload ->> 'product_name') as product_id,
  silver.sales_key(payload ->> 'category') as category_id,
  payload ->> 'product_name' as product_name
from bronze.sales_topic
where jsonb_typeof(payload) = 'object'
