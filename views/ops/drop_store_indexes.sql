-- Drops the indexes of the table of one version of an event model, for filling it. Returns the statements that make them
-- again.
-- kind: routine
create or replace function ops.drop_store_indexes(p_model ops.stored_model)
returns text[]
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_making text[];
  v_dropping text[];
  v_statement text;
begin
  with tables as (
    select format('store.%I', p_model.store_name)::regclass as table_id, false as is_partition
    union all
    select pg_inherits.inhrelid, true
    from pg_inherits
    where pg_inherits.inhparent = format('store.%I', p_model.store_name)::regclass
  )
  select
    coalesce(array_agg(
      case
        -- the index of a partitioned table is made in its partitions too
        when not tables.is_partition
        then regexp_replace(pg_get_indexdef(indexes.indexrelid), ' ON ONLY ', ' ON ')
        -- its name may be that of another by then: PostgreSQL cuts long ones, and finds one that is free
        else format(
          'create %s index on %s %s',
          case when indexes.indisunique then 'unique' end, indexes.indrelid::regclass,
          substr(
            pg_get_indexdef(indexes.indexrelid), strpos(pg_get_indexdef(indexes.indexrelid), ' USING ')
          )
        )
      end
      -- the partitions' own first: PostgreSQL then finds other names for those that they get with their table's
      order by relations.relkind = 'I', indexes.indexrelid
    ), '{}'),
    coalesce(array_agg(format('drop index %s', indexes.indexrelid::regclass)), '{}')
  into v_making, v_dropping
  from tables
  join pg_index as indexes on indexes.indrelid = tables.table_id
  join pg_class as relations on relations.oid = indexes.indexrelid
  where not relations.relispartition;

  foreach v_statement in array v_dropping loop
    execute v_statement;
  end loop;
  return v_making;
end
$$;
