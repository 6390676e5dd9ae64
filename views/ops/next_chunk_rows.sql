-- How many rows the next step of catching up takes, for about 2 s, after one of p_rows rows took p_took. At most four
-- times as many or a quarter.
-- kind: routine
create or replace function ops.next_chunk_rows(p_rows int, p_took interval)
returns int
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select least(
    1000000,
    greatest(
      1000,
      p_rows * least(4, greatest(0.25, 2.0 / greatest(extract(epoch from p_took), 0.001)))
    )
  )::int
$$;
