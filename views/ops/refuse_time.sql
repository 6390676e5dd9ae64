-- Raises why the time of an event can't be taken; called by compiled functions for that one event.
-- Errors: 22008, with the time and the bound that it breaks.
-- kind: routine
create or replace function ops.refuse_time(p_at timestamptz, p_ingested_at timestamptz, p_floor timestamptz)
returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_reason text;
begin
  v_reason := case
    when p_at is null then 'The event has no time'
    when p_at > p_ingested_at + interval '1 day' then
      format('The event''s time %s is more than a day after it was stored, %s', p_at, p_ingested_at)
    when p_at < p_floor then format('The event''s time %s is before %s, where the table begins', p_at, p_floor)
    else 'The event''s time is a word that means the clock'
  end;
  raise exception '%', v_reason using errcode = '22008';
end
$$;
