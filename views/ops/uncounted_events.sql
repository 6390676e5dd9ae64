-- How many events a source's bronze table holds less or more than the ledger says, batch by batch, of the days that
-- it still has. Used by verify: a row that was deleted, doubled or added by hand.
-- kind: routine
create or replace function ops.uncounted_events(p_source_id int)
returns bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text := (select sources.table_name from ops.sources where sources.source_id = p_source_id);
  v_events bigint;
begin
  execute format(
    $sql$
      with held as (
        select generation, kafka_partition, batch_no, count(*) as row_count
        from bronze.%I
        group by generation, kafka_partition, batch_no
      ),
      counted as (
        select generation, kafka_partition, batch_no, row_count
        from ops.batches
        where source_id = $1
          and stored_at >= ops.bronze_floor($2)
      )
      select coalesce(sum(abs(coalesce(held.row_count, 0) - coalesce(counted.row_count, 0))), 0)
      from held
      full join counted using (generation, kafka_partition, batch_no)
    $sql$,
    v_table
  )
  into v_events
  using p_source_id, v_table;
  return v_events;
end
$$;
