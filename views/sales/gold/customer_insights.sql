-- Customers: spend, orders, job title and favourite category (the one of most orders; of as many, the one of most spend).
-- Who is not to see names sees first name and initial.
-- kind: view
-- private: first_name, last_name, email
select
  customer_sales.customer_id,
  sales_customers.first_name || ' ' || left(sales_customers.last_name, 1) || '.' as customer,
  sales_customers.first_name,
  sales_customers.last_name,
  sales_customers.email,
  sales_customers.job_title,
  sales_customers.city,
  sales_customers.state,
  (
    select categories.category_name
    from gold.customer_categories
    left join silver.categories using (category_id)
    where customer_categories.customer_id = customer_sales.customer_id
    order by customer_categories.orders desc, customer_categories.spend desc, categories.category_name
    limit 1
  ) as favourite_category,
  customer_sales.orders,
  customer_sales.spend,
  round(customer_sales.spend / customer_sales.orders, 2) as average_order_value,
  customer_sales.profit,
  customer_sales.first_sold_at,
  customer_sales.last_sold_at
from gold.customer_sales
left join silver.sales_customers using (customer_id)
