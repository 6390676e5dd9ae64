-- Raises SL019 when bronze has the event of a model's dead letter no longer: the model could not be given it, and the
-- letter, which then has its bytes alone, would be gone.
-- kind: routine
create or replace function ops.require_in_bronze(p_letter ops.dead_letters)
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_source ops.sources;
  v_is_there boolean;
begin
  select * into strict v_source from ops.sources where sources.source_id = p_letter.source_id;
  execute format(
    $sql$
      select exists (
        select
        from bronze.%I as events
        where events.generation = $1
          and events.kafka_partition = $2
          and events.kafka_offset = $3
          and events.batch_no = $4
      )
    $sql$,
    v_source.table_name
  )
  into v_is_there
  using p_letter.generation, p_letter.kafka_partition, p_letter.kafka_offset, p_letter.batch_no;
  if not v_is_there then
    raise exception 'bronze.% has partition %, offset %, no longer: retention dropped its day',
      v_source.table_name, p_letter.kafka_partition, p_letter.kafka_offset
      using
        errcode = 'SL019',
        hint = format(
          'The letter keeps its bytes. Send the event to topic %s again, mended, and discard the letter.', v_source.topic
        );
  end if;
end
$$;
