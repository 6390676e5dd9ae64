-- Sales of each category, by its key; with its name: gold.sales_by_category.
-- kind: incremental
-- grain: category_id
select
  category_id,
  count(*) as orders,
  count(distinct customer_id) as customers,
  sum(sale_price) as sales,
  sum(cost_price) as cost,
  sum(sale_price) - sum(cost_price) as profit,
  round((sum(sale_price) - sum(cost_price)) / nullif(sum(sale_price), 0), 4) as margin
from silver.sales
group by category_id
