-- Sales of each state, with its centre for a map. A state may be written by its name or by its two letters.
-- kind: view
select
  state_sales.state,
  us_states.state_code,
  us_states.state_name,
  us_states.latitude,
  us_states.longitude,
  state_sales.orders,
  state_sales.customers,
  state_sales.sales,
  state_sales.cost,
  state_sales.profit,
  state_sales.margin
from gold.state_sales
left join silver.us_states
  on state_sales.state in (us_states.state_name, us_states.state_code)
