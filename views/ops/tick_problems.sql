-- Groups whose ticks, and models whose steps of catching up, have been undone for more than 5 s: a part of ops.health.
-- kind: view
select
  'ticks fail' as problem,
  'error' as severity,
  faults.subject,
  faults.since_at,
  format('%s%s (%s)', faults.model || ': ', faults.message, faults.sqlstate) as message,
  'Nothing is lost: it is tried again and again. See which session, setting or disk is in the way, and the server''s log.'
    as mend
from ops.tick_faults as faults
where faults.last_at - faults.since_at > interval '5 seconds'
  and (
    faults.subject = 'catching up'
    or exists (
      select
      from ops.models
      where faults.subject in (models.tick_group, models.model)
    )
  )
