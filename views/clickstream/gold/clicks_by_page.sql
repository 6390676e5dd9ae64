-- Clicks on each page, and how many there are per view (null without views).
-- kind: incremental
-- grain: path
select
  path,
  count(*) filter (where event_type = 'click') as clicks,
  count(distinct user_id) filter (where event_type = 'click') as visitors_who_clicked,
  count(*) filter (where event_type = 'page_view') as views,
  round(
    count(*) filter (where event_type = 'click')::numeric
      / nullif(count(*) filter (where event_type = 'page_view'), 0),
    4
  ) as clicks_per_view
from silver.clicks
where event_type in ('click', 'page_view')
group by path
