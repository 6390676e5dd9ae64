-- Declares a source: a Kafka topic and the bronze table that keeps its events.
-- Idempotent: a second call changes p_retain and what is redacted, and never resumes a paused source.
-- p_table: default is the topic with every other character than a-z, 0-9 as _.
-- p_start: earliest, latest or an ISO time, for the partitions present when the source is first seen.
-- p_retain: how long bronze keeps events; null keeps all. Returns the source's id.
-- p_redact: dotted paths of the payload with last4, hash or drop, carried out before an event reaches the server, from
-- the next flush on. p_redact_key: such a rule for Kafka's key. p_redact_headers: headers by name, with their rules.
-- Errors: SL010 name taken by another topic, SL011 another table or start, SL012 unusable argument.
-- kind: routine
create or replace function ops.add_source(
  p_topic text,
  p_table text default null,
  p_start text default 'earliest',
  p_retain interval default null,
  p_redact jsonb default '{}',
  p_redact_key text default null,
  p_redact_headers jsonb default '{}'
) returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text := coalesce(p_table, regexp_replace(lower(p_topic), '[^a-z0-9]', '_', 'g'));
  v_source ops.sources;
  v_redact jsonb := coalesce(p_redact, '{}');
  v_headers jsonb := coalesce(p_redact_headers, '{}');
begin
  perform pg_advisory_xact_lock(hashtext('sluice sources'));
  perform ops.check_source_arguments(p_topic, v_table, p_start);
  perform ops.check_source_redaction(p_topic, v_redact, p_redact_key, v_headers);

  select * into v_source from ops.sources where sources.topic = p_topic;
  if found then
    if v_source.table_name <> v_table or v_source.start_at <> p_start then
      raise exception 'Source "%" is stored in bronze.% and starts at %, not bronze.% and %',
        p_topic, v_source.table_name, v_source.start_at, v_table, p_start
        using errcode = 'SL011', hint = 'A source keeps its table and start. See ops.sources.';
    end if;
    update ops.sources
    set retain = p_retain,
      redact = v_redact,
      redact_key = p_redact_key,
      redact_headers = v_headers,
      is_dropped = false
    where sources.source_id = v_source.source_id
      and (sources.retain, sources.redact, sources.redact_key, sources.redact_headers, sources.is_dropped)
        is distinct from (p_retain, v_redact, p_redact_key, v_headers, false);
  else
    insert into ops.sources (topic, table_name, start_at, retain, redact, redact_key, redact_headers)
    values (p_topic, v_table, p_start, p_retain, v_redact, p_redact_key, v_headers)
    returning * into v_source;
    perform ops.create_bronze_table(v_table, p_topic);
  end if;
  perform ops.make_bronze_partitions(v_table);
  return v_source.source_id;
end
$$;

comment on function ops.add_source(text, text, text, interval, jsonb, text, jsonb) is
  'Declares a source: a topic and its bronze table. Idempotent; a running ingester follows within 5 s.';
