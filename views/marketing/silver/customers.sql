-- Customers by their newest entry, one row per customer.
-- kind: entity
-- key: customer_id
-- private: first_name, last_name, email
select
  payload ->> 'customer_id' as customer_id,
  payload ->> 'first_name' as first_name,
  payload ->> 'last_name' as last_name,
  payload ->> 'email' as email,
  payload ->> 'gender' as gender,
  payload ->> 'country' as country,
  payload ->> 'state' as state,
  payload ->> 'city' as city
from bronze.marketing_customers
