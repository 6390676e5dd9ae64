-- The key of what has no id of its own: a hash of what identifies it, the same in every replay and every database.
-- kind: routine
create or replace function silver.sales_key(
  p_one text,
  p_two text default '',
  p_three text default ''
)
returns uuid
language sql immutable parallel safe
as $$
  select md5(
    coalesce(p_one, '') || chr(31) || coalesce(p_two, '') || chr(31) || coalesce(p_three, '')
  )::uuid
$$;

comment on function silver.sales_key is 'The key of what has no id of its own: a hash of what identifies it.';
