import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { generate } from '../../generator/index.ts'
import type { GeneratedEvent, GenerateOptions } from '../../generator/index.ts'
import { Random } from '../../generator/random.ts'
import { ingestFiles } from '../../ingest/files/ingestFiles.ts'
import { tick } from '../models/bronzeRows.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import type { TestDatabase } from '../support/database.ts'
import type { TopicRecord } from './readTopics.ts'

const partitions = 3
const steps = 6

/**
 * Generates events and has ingest read them from files, and ticks after each of some steps. The steps are of any size and
 * in any order, so that catalogues come late and the newest events may come first. Returns the records as they were read.
 */
export async function feedFiles(
  database: TestDatabase,
  options: GenerateOptions,
): Promise<TopicRecord[]> {
  const owner = await database.client('sluice_owner')
  const random = new Random(options.seed, 'feedFiles')
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const records: TopicRecord[] = []
  const ends = new Map<string, number>()
  for (const part of shuffled(cut([...generate(options)], random), random)) {
    for (const event of part) {
      const partition = random.below(partitions)
      const file = `${event.topic}/${partition}.records.ndjson`
      const offset = ends.get(file) ?? 1
      ends.set(file, offset + 1)
      mkdirSync(join(folder, event.topic), { recursive: true })
      appendFileSync(join(folder, file), lineOf(event))
      records.push(recordOf(event, partition, offset))
    }
    await ingestFiles({
      connect: () => database.client('sluice_ingest'),
      folder,
      limits: {
        flushRows: 100 + random.below(3000),
        flushBytes: 16 << 20,
        flushMs: 20,
        bufferBytes: 64 << 20,
      },
      logger: pino({ level: 'silent' }),
      signal: new AbortController().signal,
      untilCaughtUp: true,
    })
    await tick(owner)
  }
  return records
}

/** In some parts, of which the last is the longest as a rule. */
function cut(events: GeneratedEvent[], random: Random): GeneratedEvent[][] {
  const cuts = Array.from({ length: steps - 1 }, () =>
    Math.floor(random.fraction() * random.fraction() * events.length),
  ).toSorted((a, b) => a - b)
  return [0, ...cuts].map((from, index) => events.slice(from, cuts[index]))
}

function shuffled<Item>(items: Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, at: random.fraction() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

const bytesOf = ({ value }: GeneratedEvent) => Buffer.from(value as string)

function lineOf(event: GeneratedEvent): string {
  const { key, due } = event
  const value_base64 = bytesOf(event).toString('base64')
  return `${JSON.stringify({ key, value_base64, timestamp: due })}\n`
}

function recordOf(event: GeneratedEvent, partition: number, offset: number): TopicRecord {
  return {
    topic: event.topic,
    partition,
    offset: BigInt(offset),
    timestamp: event.due,
    key: event.key === null ? null : Buffer.from(event.key),
    value: bytesOf(event),
    headers: {},
  }
}
