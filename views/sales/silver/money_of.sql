-- An amount that comes as a number or as a text such as "$1,234.56". Anything else is no number for the cast either, so
-- that the event becomes a dead letter which says what stood there.
-- kind: routine
create or replace function silver.money_of(p_text text)
returns numeric
language sql immutable parallel safe
as $$
  select case
    when p_text ~ '^-?\$?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$'
      then translate(p_text, '$,', '')
    else 'no amount: ' || coalesce(p_text, 'null')
  end::numeric
$$;

comment on function silver.money_of is 'An amount that comes as a number or as a text such as "$1,234.56".';
