-- Views and distinct viewers of each product page.
-- kind: incremental
-- grain: product_id
select
  product_id,
  count(*) as views,
  count(distinct user_id) as viewers
from silver.page_views
where page_type = 'product' and product_id is not null
group by product_id
