-- What bronze would hold of a dead letter: its time, key and payload, or those of p_mend in their place.
-- SL015 when one of them still is nothing that can be stored.
-- kind: routine
create or replace function ops.event_of_letter(
  p_letter ops.dead_letters,
  p_mend jsonb,
  out kafka_at timestamptz,
  out kafka_key text,
  out payload jsonb
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_part text;
  v_argument text;
begin
  v_part := 'time';
  v_argument := 'p_kafka_at';
  kafka_at := coalesce((p_mend ->> 'kafka_at')::timestamptz, p_letter.kafka_at);
  if kafka_at is null then
    raise exception 'Kafka''s timestamp is none' using errcode = 'invalid_datetime_format';
  end if;
  v_part := 'key';
  v_argument := 'p_key';
  kafka_key := coalesce(p_mend ->> 'kafka_key', convert_from(p_letter.kafka_key, 'UTF8'));
  v_part := 'payload';
  v_argument := 'p_payload';
  payload := coalesce(p_mend ->> 'payload', convert_from(p_letter.payload, 'UTF8'))::jsonb;
exception
  when data_exception or program_limit_exceeded then
    raise exception 'The % of partition %, offset %, still can''t be stored: % (%)',
      v_part, p_letter.kafka_partition, p_letter.kafka_offset, sqlerrm, sqlstate
      using errcode = 'SL015', hint = format('Give a mended one by %s, for this event alone.', v_argument);
end
$$;
