-- The bronze partitions that lie wholly before their source's retention, and since when.
-- kind: view
select
  sources.table_name,
  partitions.relname::text as partition_name,
  days.expired_at
from ops.sources
join pg_class as tables
  on tables.relname = sources.table_name
  and tables.relnamespace = (select oid from pg_namespace where nspname = 'bronze')
join pg_inherits on pg_inherits.inhparent = tables.oid
join pg_class as partitions on partitions.oid = pg_inherits.inhrelid
cross join lateral (
  select
    (to_date(substring(partitions.relname from '_([0-9]{8})$'), 'YYYYMMDD') + 1 + sources.retain)
      at time zone 'UTC' as expired_at
) as days
where days.expired_at <= ops.now()
