-- Sales of all time, one row: what was taken, what it had cost, profit, margin (profit as a share of sales; null without
-- any), orders and customers.
-- kind: view
select
  coalesce(sum(sales), 0) as sales,
  coalesce(sum(cost), 0) as cost,
  coalesce(sum(profit), 0) as profit,
  round(sum(profit) / nullif(sum(sales), 0), 4) as margin,
  coalesce(sum(orders), 0)::bigint as orders,
  (select count(*) from gold.customer_sales) as customers
from gold.sales_by_day
