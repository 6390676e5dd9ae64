-- Dead letters counted by topic, stage and reason. The message is the newest one's, without the event's data.
-- kind: view
with reasons as (
  select
    letters.source_id,
    letters.stage,
    letters.sqlstate,
    count(*) as dead_letters,
    max(letters.failed_at) as newest_at
  from ops.dead_letters as letters
  group by letters.source_id, letters.stage, letters.sqlstate
)
select
  sources.topic,
  reasons.stage,
  reasons.sqlstate,
  -- found by index: the messages of all others are not sorted
  (
    select letters.message
    from ops.dead_letters as letters
    where letters.source_id = reasons.source_id
      and letters.stage = reasons.stage
      and letters.sqlstate = reasons.sqlstate
    order by letters.failed_at desc
    limit 1
  ) as message,
  reasons.dead_letters,
  reasons.newest_at
from reasons
join ops.sources using (source_id)
