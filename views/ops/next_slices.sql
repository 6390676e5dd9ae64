-- The slices that an incremental model applies next: of each event table that it reads the newest run of neighbours
-- that it lacks, bounded by p_rows; and what it has applied of each so far. row_count is null when it lacks none.
-- In plpgsql, which keeps its plan: each tick calls it.
-- kind: routine
create or replace function ops.next_slices(p_model ops.stored_model, p_rows bigint)
returns ops.slice_step
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with behind as (
      select
        behind.input_no, behind.input, behind.input_version, behind.applied,
        -- the last of the neighbouring runs
        (
          select runs
          from unnest(behind.missing) as runs
          order by lower(runs) desc
          limit 1
        ) as newest_run
      from ops.slices_behind as behind
      where behind.model = p_model.model
        and behind.version = p_model.version
    ),
    steps as (
      select
        behind.input_no,
        behind.applied,
        row(min(slices.slice_no), max(slices.slice_no), min(slices.from_at), max(slices.to_at))::ops.slice_range
          as new_slices,
        sum(slices.row_count) as row_count,
        max(slices.newest_event_at) as newest_event_at
      from behind
      left join lateral (
        select
          slices.*,
          sum(slices.row_count) over (order by slices.slice_no desc) - slices.row_count as rows_after
        from (
          select slices.*
          from ops.slices
          where slices.model = behind.input
            and slices.version = behind.input_version
            and slices.slice_no >= lower(behind.newest_run)
            and slices.slice_no < upper(behind.newest_run)
          order by slices.slice_no desc
          limit 2000
        ) as slices
      ) as slices on p_rows is null or slices.rows_after < p_rows
      group by behind.input_no, behind.applied
    )
    select row(
      array_agg(steps.new_slices order by steps.input_no),
      array_agg(steps.applied order by steps.input_no),
      sum(steps.row_count)::bigint,
      max(steps.newest_event_at)
    )::ops.slice_step
    from steps
  );
end
$$;
