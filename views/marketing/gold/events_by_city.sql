-- Events, openings and clicks of all campaigns per city.
-- kind: view
select
  country,
  state,
  city,
  sum(events) as events,
  sum(opened) as opened,
  sum(clicked) as clicked
from gold.campaign_cities
group by country, state, city
