import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { UserError } from '../cli/userError.ts'
import type { GeneratedEvent } from './generate.ts'
import { addCount } from './sink.ts'
import type { Sink } from './sink.ts'

/**
 * Events as NDJSON, one line each: `{"topic":…,"key":…,"value":{…}}`, and a broken one, whose bytes may not even be
 * text, as `{"topic":…,"key":…,"value_base64":"…"}`. The path `-` is standard output; a file is written anew.
 */
export function toFile(path: string): Sink {
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
        text += lineOf(event)
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
      stream.end()
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

/** An event as a line, with its end. */
export function lineOf({ topic, key, value, isBroken }: GeneratedEvent): string {
  const head = `{"topic":"${topic}","key":${JSON.stringify(key)},`
  if (!isBroken) return `${head}"value":${value as string}}\n`
  return `${head}"value_base64":"${Buffer.from(value as string).toString('base64')}"}\n`
}

function fileError(path: string, cause: Error): UserError {
  return new UserError(`The events could not be written to ${path}: ${cause.message}`, { cause })
}
