-- Views and distinct visitors of each page.
-- kind: incremental
-- grain: path
select
  path,
  count(*) as views,
  count(distinct user_id) as visitors
from silver.clicks
where event_type = 'page_view'
group by path
