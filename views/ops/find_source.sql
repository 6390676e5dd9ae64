-- The id of a source, by topic. SL013 when there is none.
-- kind: routine
create or replace function ops.find_source(p_topic text)
returns int
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_source_id int;
begin
  select sources.source_id into v_source_id from ops.sources where sources.topic = p_topic;
  if not found then
    raise exception 'Source "%" is unknown', p_topic
      using errcode = 'SL013', hint = 'See ops.sources, or declare it with ops.add_source.';
  end if;
  return v_source_id;
end
$$;
