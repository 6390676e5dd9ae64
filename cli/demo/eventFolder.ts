import { mkdir, open, readdir, stat, unlink, type FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Writable } from 'node:stream'
import type pg from 'pg'

/** Files of events, in a folder per topic, from the generator to the ingester. */
export interface EventFolder {
  /** Takes lines as `sluice generate --to -` writes them. */
  sink: Writable
  /** The files that the sink has written, not those of earlier runs. */
  written(): Promise<EventFile[]>
  /** Deletes the files of which the ingester has stored every line, but those that are still written. */
  removeTaken(client: pg.Client): Promise<void>
}

export interface EventFile {
  topic: string
  path: string
}

interface OpenFile {
  path: string
  handle: FileHandle
  size: number
}

const ending = '.records.ndjson'
const mostBytes = 32 * 1024 * 1024
const lineFeed = 0x0a
const topicAt = '{"topic":"'.length

/** A file that has grown to `rollBytes` is followed by the next one, so that those which were read can go. */
export function openEventFolder(folder: string, rollBytes = mostBytes): EventFolder {
  // files of a later run come later by their names, too
  const run = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const files = new Map<string, OpenFile>()
  let made = 0
  let rest: Buffer = Buffer.alloc(0)

  const fileFor = async (topic: string): Promise<OpenFile> => {
    const last = files.get(topic)
    if (last && last.size < rollBytes) return last
    await last?.handle.close()
    made += 1
    await mkdir(join(folder, topic), { recursive: true })
    const path = join(folder, topic, `${run}-${String(made).padStart(6, '0')}${ending}`)
    const file = { path, handle: await open(path, 'a'), size: 0 }
    files.set(topic, file)
    return file
  }
  const write = async (chunk: Buffer): Promise<void> => {
    const bytes = Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf(lineFeed) + 1
    rest = bytes.subarray(end)
    for (const [topic, lines] of linesByTopic(bytes.subarray(0, end))) {
      const file = await fileFor(topic)
      const text = Buffer.concat(lines)
      await file.handle.appendFile(text)
      file.size += text.length
    }
  }
  const close = async (): Promise<void> => {
    for (const { handle } of files.values()) await handle.close()
    files.clear()
  }
  const sink = new Writable({
    highWaterMark: 1 << 20,
    write: (chunk: Buffer, _, done) => void write(chunk).then(() => done(), done),
    destroy: (error, done) => void close().then(() => done(error), done),
  })
  const written = async () =>
    (await eventFiles(folder)).filter(({ path }) => basename(path).startsWith(`${run}-`))
  return { sink, written, removeTaken: (client) => removeTaken(client, folder, isOpen) }

  function isOpen(path: string): boolean {
    return [...files.values()].some((file) => file.path === path)
  }
}

function linesByTopic(bytes: Buffer): Map<string, Buffer[]> {
  const lines = new Map<string, Buffer[]>()
  for (let from = 0; from < bytes.length;) {
    const to = bytes.indexOf(lineFeed, from) + 1
    const topic = bytes.toString('latin1', from + topicAt, bytes.indexOf('"', from + topicAt))
    const known = lines.get(topic)
    if (known) known.push(bytes.subarray(from, to))
    else lines.set(topic, [bytes.subarray(from, to)])
    from = to
  }
  return lines
}

/** All files of events below a folder, with their topics. */
async function eventFiles(folder: string): Promise<EventFile[]> {
  const names = await readdir(folder, { recursive: true })
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => ({
      topic: name.split(/[/\\]/)[0]!.replace(ending, ''),
      path: join(folder, name),
    }))
}

async function removeTaken(
  client: pg.Client,
  folder: string,
  isOpen: (path: string) => boolean,
): Promise<void> {
  const { rows } = await client.query<{ path: string; byte_position: string }>(
    `select path, byte_position from ops.file_status where state = 'read'`,
  )
  const taken = new Map(rows.map(({ path, byte_position }) => [path, Number(byte_position)]))
  for (const { path } of await eventFiles(folder)) {
    // it may have grown since the ingester looked last
    const isTaken = taken.has(path) && (await stat(path)).size <= taken.get(path)!
    if (isTaken && !isOpen(path)) await unlink(path)
  }
}
