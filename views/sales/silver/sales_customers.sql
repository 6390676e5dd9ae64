-- Customers by what their newest sale says of them, one row per first name, last name and e-mail.
-- kind: entity
-- key: customer_id
-- private: first_name, last_name, email, street
select
  silver.sales_key(payload ->> 'first_name', payload ->> 'last_name', payload ->> 'email') as customer_id,
  payload ->> 'first_name' as first_name,
  payload ->> 'last_name' as last_name,
  payload ->> 'email' as email,
  payload ->> 'job_title' as job_title,
  payload ->> 'street' as street,
  payload ->> 'city' as city,
  payload ->> 'state' as state,
  payload ->> 'zipcode' as zipcode
from bronze.sales_topic
where jsonb_typeof(payload) = 'object'
