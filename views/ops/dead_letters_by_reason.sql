-- Dead letters counted by topic, stage and reason. The message is the newest one's, without the event's data.
-- kind: view
select
  sources.topic,
  dead_letters.stage,
  dead_letters.sqlstate,
  (array_agg(dead_letters.message order by dead_letters.failed_at desc))[1] as message,
  count(*) as dead_letters,
  max(dead_letters.failed_at) as newest_at
from ops.dead_letters
join ops.sources using (source_id)
group by 1, 2, 3
