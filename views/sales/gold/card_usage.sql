-- Orders and sales of each credit card company, and what an order is worth on average.
-- kind: incremental
-- grain: card_company
select
  card_company,
  count(*) as orders,
  sum(sale_price) as sales,
  round(avg(sale_price), 2) as average_order_value
from silver.sales
group by card_company
