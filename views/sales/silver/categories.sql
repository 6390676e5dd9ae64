-- Categories of what is sold, one row per name.
-- kind: entity
-- key: category_id
select
  silver.sales_key(payload ->> 'category') as category_id,
  payload ->> 'category' as category_name
from bronze.sales_topic
where jsonb_typeof(payload) = 'object'
