import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { UserError } from '../cli/userError.ts'
import type { Topic } from './domain.ts'
import { fileFormatOf } from './fileFormats.ts'
import { addCount } from './sink.ts'
import type { Sink } from './sink.ts'

/** Events to a file, in the format of its name. The path `-` is standard output; a file is written anew. */
export function toFile(path: string, topics: readonly Topic[]): Sink {
  const format = fileFormatOf(path, topics)
  const isStdout = path === '-'
  const stream: Writable = isStdout
    ? process.stdout
    : createWriteStream(path, { highWaterMark: 1 << 20 })
  const counts = new Map<string, number>()
  let failure: Error | undefined
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader such as `head` has had enough: the end, but no mistake.
    failure = error.code === 'EPIPE' ? new SinkClosed() : fileError(path, error)
  })

  return {
    counts,
    write(events) {
      if (failure) throw failure
      let text = ''
      for (const event of events) {
        const own = format.textOf(event)
        if (own === null) continue
        text += own
        addCount(counts, event.topic)
      }
      return stream.write(text) ? undefined : drained(stream, () => failure)
    },
    async finish() {
      await new Promise<void>((resolve) => stream.write('', () => resolve()))
      if (failure) throw failure
    },
    async close() {
      if (isStdout || stream.closed) return
      stream.end(failure ? '' : format.end())
      if (!failure) await once(stream, 'close')
    },
  }
}

/** The reader of a pipe went away. */
export class SinkClosed extends Error {
  override name = 'SinkClosed'
}

async function drained(stream: Writable, failure: () => Error | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      stream.off('drain', done).off('error', done).off('close', done)
      resolve()
    }
    stream.on('drain', done).on('error', done).on('close', done)
  })
  const error = failure()
  if (error) throw error
}

function fileError(path: string, cause: Error): UserError {
  return new UserError(`The events could not be written to ${path}: ${cause.message}`, { cause })
}
