-- Sales of each category, with its name and its share of all sales.
-- kind: view
select
  category_sales.category_id,
  categories.category_name,
  category_sales.orders,
  category_sales.customers,
  category_sales.sales,
  category_sales.cost,
  category_sales.profit,
  category_sales.margin,
  round(category_sales.sales / nullif(sum(category_sales.sales) over (), 0), 4) as share
from gold.category_sales
left join silver.categories using (category_id)
