import type pg from 'pg'
import type { Source } from '../sources.ts'
import type { Place } from './place.ts'

/** A row of ops.read_files. */
export interface StoredFile {
  source_id: number
  generation: number
  kafka_partition: number
  next_offset: string
  next_batch_no: string
  path: string
  inode: string
  born_at: Date | null
  size: string
  modified_at: Date
  byte_position: string
  head_bytes: number
  head_hash: string | null
  stopped_reason: string | null
  gone_at: Date | null
}

/** The files of these sources that are known, and how far each is stored. */
export async function readFiles(client: pg.Client, sources: Source[]): Promise<StoredFile[]> {
  const ids = sources.map((source) => source.source_id)
  return (await client.query<StoredFile>('select * from ops.read_files($1)', [ids])).rows
}

export const placeOf = (stored: StoredFile): Place => ({
  line: Number(stored.next_offset),
  byte: Number(stored.byte_position),
  head: { bytes: stored.head_bytes, hash: stored.head_hash },
})
