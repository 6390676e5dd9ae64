import type pg from 'pg'

/** Batches of made-up events for partition 0 of a source, which is open. */
export interface ManyRows {
  batches: number
  /** Of each batch. */
  rows: number
  /** The payload as SQL, over the offset `n`. */
  payload: string
}

/** Stores many events as the ingester does: a second each, from 2026-03-01 on. */
export async function storeMany(
  owner: pg.Client,
  table: string,
  { batches, rows, payload }: ManyRows,
): Promise<void> {
  await owner.query(
    `do $$
    declare
      v_position ops.offsets;
    begin
      for v_batch in 1 .. ${batches} loop
        perform set_config('sluice.now', clock_timestamp()::text, true);
        select offsets.*
        into strict v_position
        from ops.offsets
        join ops.sources using (source_id, generation)
        where sources.table_name = '${table}' and offsets.kafka_partition = 0;
        insert into bronze.${table} (generation, kafka_partition, kafka_offset, batch_no, kafka_at, payload)
        select 1, 0, n, v_position.next_batch_no, timestamptz '2026-03-01Z' + n * interval '1 second', ${payload}
        from generate_series(v_position.next_offset, v_position.next_offset + ${rows - 1}) as n;
        perform ops.advance(jsonb_build_array(jsonb_build_object(
          'source_id', v_position.source_id, 'generation', 1, 'partition', 0,
          'batch_no', v_position.next_batch_no, 'from_offset', v_position.next_offset,
          'first_offset', v_position.next_offset, 'last_offset', v_position.next_offset + ${rows - 1},
          'next_offset', v_position.next_offset + ${rows}, 'end_offset', v_position.next_offset + ${rows},
          'rows', ${rows}, 'dead_letters', 0, 'bytes', 0,
          'newest_kafka_at', timestamptz '2026-03-01Z' + (v_position.next_offset + ${rows - 1}) * interval '1 second'
        )));
      end loop;
    end
    $$`,
  )
}
