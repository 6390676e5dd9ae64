-- Searches, in lower case, with whether a click came after them, before the next search of their session.
-- kind: incremental
-- grain: session_id, search_no
-- scope: session_id
with steps as (
  select
    session_id,
    happened_at,
    event_type,
    search_query,
    count(*) filter (where event_type = 'search')
      over (partition by session_id order by happened_at) as search_no
  from silver.clicks
  where event_type in ('search', 'click')
    and session_id is not null
)
select
  session_id,
  search_no,
  min(lower(trim(search_query))) as query,
  min(happened_at) as searched_at,
  bool_or(event_type = 'click') as has_click
from steps
where search_no > 0
group by session_id, search_no
