-- Where visitors come from: page views and distinct visitors by the host that linked to the site, "direct" where
-- none did. From page to page of the site itself is not counted.
-- kind: incremental
-- grain: referrer
select
  coalesce(referrer_host, 'direct') as referrer,
  count(*) as views,
  count(distinct user_id) as visitors
from silver.clicks
where event_type = 'page_view'
  and referrer_host is distinct from host
group by 1
