-- Sales of the tills, one row per sale, with keys into categories, products and customers. An event bears no time of its
-- own: a sale is of the time at which Kafka took it, and counts once however often it is sent.
-- kind: event
-- key: sale_id
-- unique: ever
-- time: sold_at
-- private: card_last4
select
  payload ->> 'sale_id' as sale_id,
  silver.sales_key(payload ->> 'first_name', payload ->> 'last_name', payload ->> 'email') as customer_id,
  silver.sales_key(payload ->> 'category', payload ->> 'product_name') as product_id,
  silver.sales_key(payload ->> 'category') as category_id,
  payload ->> 'city' as city,
  payload ->> 'state' as state,
  payload ->> 'zipcode' as zipcode,
  payload ->> 'credit_card_company' as card_company,
  right(payload ->> 'credit_card_number', 4) as card_last4,
  silver.money_of(payload ->> 'sale_price')::numeric(12, 2) as sale_price,
  silver.money_of(payload ->> 'cost_price')::numeric(12, 2) as cost_price,
  kafka_at as sold_at
from bronze.sales_topic
