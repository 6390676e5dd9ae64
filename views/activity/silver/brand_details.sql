-- Brands: how many products and categories they were seen with, and their range of prices.
-- kind: incremental
-- grain: brand
select
  brand,
  count(distinct product_id) as products,
  count(distinct category_id) as categories,
  min(price) as lowest_price,
  max(price) as highest_price
from silver.activity
where brand is not null
group by brand
