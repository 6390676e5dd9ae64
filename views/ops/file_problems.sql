-- Files that can't be read on, are gone too early or wait for the end of a line: a part of ops.health.
-- kind: view
select
  'file stopped' as problem,
  'error' as severity,
  status.path as subject,
  status.stopped_at as since_at,
  status.stopped_reason as message,
  format(
    'Put the file back as it was. Or is it another one on purpose? Rename it, or: select ops.accept_file(%L)',
    status.path
  ) as mend
from ops.file_status as status
join ops.sources using (topic, generation)
where status.state = 'stopped'
  and not sources.is_dropped

union all

select
  'lost lines',
  'error',
  sources.topic,
  incidents.noticed_at,
  incidents.message,
  'Put the file back: it is read on. The lines cannot be had otherwise.'
from ops.incidents
join ops.sources using (source_id, generation)
where incidents.kind = 'file_lost'
  and incidents.resolved_at is null
  and incidents.noticed_at > ops.now() - interval '1 day'

union all

select
  'unfinished line',
  'warning',
  status.path,
  status.modified_at,
  format('Its last %s bytes wait for the end of their line', status.bytes_left),
  'Is its writer still at work? If not, end the last line with a line feed.'
from ops.file_status as status
join ops.sources using (topic, generation)
where status.state = 'unfinished'
  and status.modified_at < ops.now() - interval '60 seconds'
  and not sources.is_paused
  and not sources.is_dropped
  and sources.stopped_reason is null
