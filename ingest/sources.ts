import type pg from 'pg'

/** A row of ops.ingest_sources: what is to be read. */
export interface Source {
  source_id: number
  topic: string
  table_name: string
  start_at: string
  generation: number
}

/** Per topic and partition an end of the log to be reached. */
export type Goal = Map<string, Map<number, number>>

/** The sources that are neither paused, stopped nor dropped. */
export async function readSources(client: pg.Client): Promise<Source[]> {
  return (await client.query<Source>('select * from ops.ingest_sources()')).rows
}
