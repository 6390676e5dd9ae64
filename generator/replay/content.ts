import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UserError } from '../../cli/userError.ts'

const chunkBytes = 256 * 1024

/** What is to be replayed, unpacked. */
export interface Content {
  /** For messages. */
  name: string
  /** What the header `sluice-file` says. */
  id: string
  /** Reads it; once. Ends early when the signal comes. */
  chunks: AsyncIterable<Buffer>
}

/**
 * Opens a file, or standard input for `-`; gzip is known by its first bytes. A file is read once beforehand for its
 * hash, which is that of the unpacked content, so that packing does not make it another file. What can be read only
 * once (standard input, a pipe) has a name of its own each time, unless `fileId` gives one.
 * Throws UserError when it can't be read, or is another than what was hashed.
 */
export async function openContent(
  path: string,
  fileId: string | undefined,
  signal: AbortSignal,
): Promise<Content> {
  if (path === '-') {
    const name = 'standard input'
    const id = fileId ?? randomUUID()
    return { name, id, chunks: unpacked(() => process.stdin, name, signal) }
  }
  const size = await sizeOf(path)
  const read = () => unpacked(() => openFile(path, size), path, signal)
  if (fileId !== undefined || size === undefined) {
    return { name: path, id: fileId ?? randomUUID(), chunks: read() }
  }
  const hash = createHash('sha256')
  for await (const chunk of read()) hash.update(chunk)
  const id = hash.digest('hex')
  return { name: path, id, chunks: unchanged(read(), path, id, signal) }
}

/** The bytes of a file; undefined for what is no file, such as a pipe. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) throw new UserError(`${path} is a folder. Give a file.`)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    throw readError(error, path)
  }
}

/** What is appended after `size` was taken is not read: it is not in the hash. */
function openFile(path: string, size: number | undefined): Readable {
  if (size === 0) return Readable.from([])
  const end = size === undefined ? Infinity : size - 1
  return createReadStream(path, { end, highWaterMark: chunkBytes })
}

async function* unpacked(
  open: () => Readable,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  if (signal.aborted) return
  const stream = open()
  const stop = () => stream.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    const head = await firstBytes(chunks)
    const whole = joined(head, chunks)
    if (head[0] === 0x1f && head[1] === 0x8b) {
      // the callback has nothing to do: an error comes out of the reading too
      yield* pipeline(
        Readable.from(whole),
        createGunzip({ chunkSize: chunkBytes }),
        () => undefined,
      )
    } else yield* whole
  } catch (error) {
    if (!signal.aborted) throw readError(error, name)
  } finally {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
}

/** The first two bytes at least; fewer when there are no more. */
async function firstBytes(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0)
  while (head.length < 2) {
    const next = await chunks.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  return head
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* { [Symbol.asyncIterator]: () => rest }
}

async function* unchanged(
  chunks: AsyncIterable<Buffer>,
  name: string,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
  if (signal.aborted || hash.digest('hex') === id) return
  throw new UserError(
    `${name} was changed while it was read: what was sent carries the hash of what it was before, ${id}. ` +
      'Replay it again when nothing writes to it.',
  )
}

function readError(error: unknown, name: string): unknown {
  const { code = '', syscall, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new UserError(`There is no file ${name}.`, { cause: error })
  if (code.startsWith('Z_')) {
    return new UserError(`${name} begins as gzip does, but is damaged: ${message}.`, {
      cause: error,
    })
  }
  if (syscall === undefined) return error
  return new UserError(`${name} can't be read: ${message}.`, { cause: error })
}
