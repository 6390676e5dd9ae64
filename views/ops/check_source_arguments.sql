-- Raises SL012 for a topic, table or start that can't be a source's, and SL010 for a table that is taken.
-- kind: routine
create or replace function ops.check_source_arguments(p_topic text, p_table text, p_start text)
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_other text;
begin
  if p_topic is null or p_topic !~ '^[a-zA-Z0-9._-]{1,249}$' then
    raise exception 'Topic "%" is not a name that Kafka takes', p_topic
      using errcode = 'SL012', hint = 'Letters, digits, dot, underscore and hyphen; at most 249.';
  end if;
  if p_table !~ '^[a-z_][a-z0-9_]{0,51}$' then
    raise exception 'Table "%" can''t be the bronze table of topic "%"', p_table, p_topic
      using errcode = 'SL012',
        hint = 'Give p_table: a-z, 0-9 and _, not beginning with a digit, at most 52 characters.';
  end if;
  if p_start is null or p_start not in ('earliest', 'latest') then
    begin
      perform p_start::timestamptz;
      -- what every reader takes for the same moment: a day of UTC, or a time with its zone
      if p_start is null
        or p_start !~ '^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$'
      then
        raise exception 'no ISO time' using errcode = 'invalid_datetime_format';
      end if;
    exception
      when data_exception then
        raise exception 'Start "%" of topic "%" is neither earliest, latest nor an ISO time', p_start, p_topic
          using errcode = 'SL012', hint = 'For example 2026-01-31T00:00:00Z.';
    end;
  end if;

  select sources.topic into v_other
  from ops.sources
  where sources.table_name = p_table and sources.topic <> p_topic;
  if found then
    raise exception 'Table bronze.% belongs to topic "%"', p_table, v_other
      using errcode = 'SL010', hint = format('Give p_table another name for topic "%s".', p_topic);
  end if;
end
$$;
