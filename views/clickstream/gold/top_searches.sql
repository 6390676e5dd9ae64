-- What visitors search for: how often, and how often with and without a click before the next search of the session.
-- kind: view
select
  query,
  count(*) as searches,
  count(*) filter (where has_click) as searches_with_click,
  count(*) filter (where not has_click) as searches_without_click,
  round(count(*) filter (where has_click)::numeric / count(*), 4) as click_rate
from gold.session_searches
where query is not null
group by query
