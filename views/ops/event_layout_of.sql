-- How the table of an event model is partitioned, and by what it is unique within a partition, out of its header.
-- kind: routine
create or replace function ops.event_layout_of(p_model text, p_store_name text)
returns ops.event_layout
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select row(
    case
      when (regexp_match(models.header ->> 'retain', '^(\d+) days?$'))[1]::int <= 90 then 'day'
      else 'month'
    end,
    trim(models.header ->> 'time'),
    case
      when models.header ? 'unique' then null
      else (
        select string_agg(quote_ident(trim(columns.name)), ', ' order by columns.place)
        from string_to_table(models.header ->> 'key', ',') with ordinality as columns (name, place)
      )
    end
  )::ops.event_layout
  from ops.models
  where models.model = p_model
$$;
