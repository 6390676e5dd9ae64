-- Gives the planner its first figures of the tables of some models that it knows nothing of, or that have grown tenfold
-- since: autovacuum would come a minute late, and plans made without figures are bad ones. The caller has these models
-- locked: rows of another session that are not committed would count as none, and plans made of that are the worst.
-- kind: routine
create or replace function ops.analyze_young_tables(p_models text[])
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set default_statistics_target = '20'
as $$
declare
  v_table text;
begin
  for v_table in
    -- a look at a file for each table of theirs alone
    with tables as materialized (
      select pg_class.oid, pg_class.relpages
      from pg_class
      where pg_class.relnamespace = 'store'::regnamespace
        and pg_class.relkind = 'r'
        and exists (
          select
          from ops.stored_models as models
          where models.model = any (p_models)
            and (pg_class.relname = models.store_name or starts_with(pg_class.relname::text, models.store_name || '_'))
        )
    )
    select tables.oid::regclass::text
    from tables
    where pg_relation_size(tables.oid) / 8192 > greatest(8, 10 * tables.relpages)
  loop
    -- one whose index is being made, or that is vacuumed, waits for the next tick
    execute format('analyze (skip_locked) %s', v_table);
  end loop;
end
$$;
