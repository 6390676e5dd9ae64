import { once, type EventEmitter } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Framing } from './frames.ts'

/** A whole message on its way. */
export interface Message {
  from: 'client' | 'server'
  bytes: Buffer
}

export interface Connection {
  client: Socket
  server: Socket
  /** The server does not hear that the client has gone. */
  isOneSided: boolean
  /** Nothing passes any more, and neither side is told. */
  isForgotten: boolean
}

/** What is true of a line just now. */
export interface LineState {
  port: number
  framing: Framing
  connections: Set<Connection>
  watchers: Set<(message: Message) => Promise<void> | undefined>
  isHeld: boolean
  /** Rings when it is released. */
  bell: EventEmitter
  bytesPerSecond: number
}

/** Leads a client to where the line leads now. */
export function join(state: LineState, client: Socket): void {
  const server = connect(state.port, '127.0.0.1')
  const connection: Connection = { client, server, isOneSided: false, isForgotten: false }
  state.connections.add(connection)
  for (const end of [client, server]) end.setNoDelay(true).on('error', () => undefined)
  client.on('close', () => {
    if (!connection.isOneSided) server.destroy()
  })
  server.on('close', () => {
    if (!connection.isForgotten) client.end()
    state.connections.delete(connection)
  })
  void pump(state, connection, 'client')
  void pump(state, connection, 'server')
}

async function pump(state: LineState, connection: Connection, from: 'client' | 'server') {
  const source = connection[from]
  const sink = connection[from === 'client' ? 'server' : 'client']
  let buffered: Buffer = Buffer.alloc(0)
  let isFirst = true
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
      for (;;) {
        const length = state.framing(buffered, from, isFirst)
        if (length === undefined || buffered.length < length) break
        const bytes = buffered.subarray(0, length)
        buffered = buffered.subarray(length)
        isFirst = false
        await mayPass(state, { from, bytes })
        // not even its end is told
        if (connection.isForgotten) await new Promise(() => undefined)
        if (sink.destroyed) return
        if (!sink.write(bytes)) await drained(sink)
      }
    }
    // a server that says good-bye is heard
    if (from === 'server' && !connection.isForgotten) sink.end()
  } catch {
    // broken: the other side is told by 'close'
  }
}

/** Until it takes more, or no more at all. */
async function drained(sink: Socket): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  await Promise.race([once(sink, 'drain', { signal }), once(sink, 'close', { signal })])
  over.abort()
}

async function mayPass(state: LineState, message: Message): Promise<void> {
  while (state.isHeld) await once(state.bell, 'released')
  for (const watcher of state.watchers) await watcher(message)
  if (state.bytesPerSecond < Infinity)
    await wait((message.bytes.length / state.bytesPerSecond) * 1_000)
}
