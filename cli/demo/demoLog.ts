import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import type pg from 'pg'
import { shownPath } from '../../local/shownPath.ts'
import { kafkaConfig } from '../kafkaConfig.ts'
import { openEventFolder } from './eventFolder.ts'
import { fileEnds } from './fileEnds.ts'
import { kafkaEnds } from './kafkaEnds.ts'
import type { Stack } from './start.ts'

/** What events go through, from the generator to the ingester. */
export interface DemoLog {
  name: string
  /** For the screen. */
  note: string
  /** For `sluice generate --to`. */
  sink: string
  /** Takes what the generator writes to its standard output, where that is the sink. */
  output?: Writable
  /** Where a partition begins. */
  firstOffset: number
  /**
   * One after the last offset of each partition, by topic and number, as the log itself says; of files, those of this run.
   * With a signal, those that the ingester does not know yet are waited for.
   */
  ends(signal?: AbortSignal): Promise<Map<string, number>>
  /** Deletes what is stored; a broker does that by itself. */
  removeTaken?(): Promise<void>
}

export function demoLog(stack: Stack, client: pg.Client, topics: string[]): DemoLog {
  const { kafka, filesFolder } = stack
  if (filesFolder !== undefined) {
    const folder = realpathSync(filesFolder)
    const events = openEventFolder(folder)
    return {
      name: 'files',
      note: `files    ${shownPath(join(filesFolder, '<topic>', '*.records.ndjson'))}`,
      sink: '-',
      output: events.sink,
      removeTaken: () => events.removeTaken(client),
      firstOffset: 1,
      ends: async (signal) => fileEnds(client, await events.written(), signal),
    }
  }
  const config = kafkaConfig(stack.configFor('sluice_ingest'))
  return {
    name: 'broker',
    note: `Kafka    ${kafka?.brokers.join(', ') ?? ''}`,
    sink: 'kafka',
    firstOffset: 0,
    ends: () => kafkaEnds(config, topics),
  }
}
