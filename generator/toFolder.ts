import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../cli/userError.ts'
import { timedByKafka } from './domain.ts'
import type { Topic } from './domain.ts'
import { ndjson } from './fileFormats.ts'
import { addCount } from './sink.ts'
import type { Sink } from './sink.ts'

/**
 * Events as `sluice ingest --files` reads them: the lines that toFile writes, in one file per topic,
 * `<topic>.records.ndjson`. What is there is kept, and more appended.
 */
export async function toFolder(folder: string, topics: readonly Topic[]): Promise<Sink> {
  const format = ndjson(timedByKafka(topics))
  const counts = new Map<string, number>()
  const files = new Map<string, FileHandle>()
  const pathOf = (topic: string) => join(folder, `${topic}.records.ndjson`)
  const close = async () => {
    for (const file of files.values()) await file.close()
    files.clear()
  }
  try {
    await mkdir(folder, { recursive: true })
    for (const { topic } of topics) files.set(topic, await openEnd(pathOf(topic)))
  } catch (error) {
    await close()
    throw folderError(folder, error)
  }
  return {
    counts,
    async write(events) {
      const texts = new Map<string, string>()
      for (const event of events) {
        texts.set(event.topic, (texts.get(event.topic) ?? '') + format.textOf(event)!)
      }
      try {
        for (const [topic, text] of texts) await files.get(topic)!.appendFile(text)
      } catch (error) {
        throw folderError(folder, error)
      }
      for (const { topic } of events) addCount(counts, topic)
    },
    finish: () => Promise.resolve(),
    close,
  }
}

/** Opens a file to append to. A line that a killed process left without its end gets one. */
async function openEnd(path: string): Promise<FileHandle> {
  const file = await open(path, 'a+')
  const { size } = await file.stat()
  if (size > 0) {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
    if (buffer[0] !== 0x0a) await file.appendFile('\n')
  }
  return file
}

const folderError = (folder: string, cause: unknown): UserError =>
  new UserError(`The events could not be written to ${folder}: ${(cause as Error).message}`, {
    cause,
  })
