-- Sizes of tables and materialized views with indexes and TOAST, partitions summed up in their table.
-- estimated_rows is what the last analyze or vacuum saw.
-- kind: view
select
  namespaces.nspname as layer,
  parents.relname as table_name,
  sum(greatest(relations.reltuples, 0))::bigint as estimated_rows,
  sum(pg_total_relation_size(relations.oid))::bigint as total_bytes
from pg_class as relations
left join pg_inherits on pg_inherits.inhrelid = relations.oid
join pg_class as parents on parents.oid = coalesce(pg_inherits.inhparent, relations.oid)
join pg_namespace as namespaces on namespaces.oid = parents.relnamespace
where relations.relkind in ('r', 'm')
  and namespaces.nspname in ('bronze', 'silver', 'gold', 'store', 'ops')
group by 1, 2
