import { EventEmitter, once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { atEnd } from '../support/cleanUp.ts'
import { join, type Connection, type LineState, type Message } from './connection.ts'
import type { Framing } from './frames.ts'

export type Sight = (message: Message) => boolean

/** A message that was caught, and does not arrive before it is released. */
export interface Caught {
  release(this: void): void
}

/** A TCP line to a server on this machine, which knows where messages begin, and can fail in the ways of a network. */
export interface Line {
  port: number
  /** New connections lead to this port. */
  leadTo(this: void, port: number): void
  /** Catches the next message that looks like this. */
  catchNext(this: void, sight: Sight): Promise<Caught>
  /** Waits until so many messages that look like this have passed. */
  seen(this: void, sight: Sight, times: number): Promise<void>
  /** Both sides of all connections are told that they are broken. */
  cut(this: void): void
  /** From now on nothing arrives, of new connections too, and neither side is told. */
  hold(this: void): void
  release(this: void): void
  slowDown(this: void, bytesPerSecond: number): void
  /** Clients are told that their connections are broken; the server is not, until the returned function is called. */
  cutClients(this: void): () => void
  /** Nothing passes the connections there any more, and neither side is told, until the returned function is called. */
  forget(this: void): () => void
}

/** Opens a line on 127.0.0.1 that lasts until the clean-up. */
export async function openLine(framing: Framing, port = 0): Promise<Line> {
  const state: LineState = {
    ...{ port, framing, isHeld: false, bytesPerSecond: Infinity },
    bell: new EventEmitter().setMaxListeners(0),
    connections: new Set(),
    watchers: new Set(),
  }
  const server = createServer((client) => join(state, client))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const { client, server } of state.connections) {
      client.destroy()
      server.destroy()
    }
  }
  atEnd(() => {
    server.close()
    cut()
  })
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (next) => void (state.port = next),
    catchNext: (sight) => catchNext(state, sight),
    seen: (sight, times) => seen(state, sight, times),
    cut,
    hold: () => void (state.isHeld = true),
    release() {
      state.isHeld = false
      state.bytesPerSecond = Infinity
      state.bell.emit('released')
    },
    slowDown: (bytesPerSecond) => void (state.bytesPerSecond = bytesPerSecond),
    cutClients: () => cutClients(state),
    forget: () => forget(state),
  }
}

function catchNext(state: LineState, sight: Sight): Promise<Caught> {
  return new Promise((resolve) => {
    const watcher = (message: Message) => {
      if (!sight(message)) return undefined
      state.watchers.delete(watcher)
      return new Promise<void>((release) => resolve({ release }))
    }
    state.watchers.add(watcher)
  })
}

function seen(state: LineState, sight: Sight, times: number): Promise<void> {
  return new Promise((resolve) => {
    let left = times
    const watcher = (message: Message) => {
      if (sight(message)) left -= 1
      if (left === 0) {
        state.watchers.delete(watcher)
        resolve()
      }
      return undefined
    }
    state.watchers.add(watcher)
  })
}

/** The servers do not hear of it when the clients go, until the returned function is called. */
function leaveServers(connections: Connection[]): () => void {
  for (const connection of connections) connection.isOneSided = true
  return () => {
    for (const { client, server } of connections) {
      client.destroy()
      server.destroy()
    }
  }
}

function cutClients(state: LineState): () => void {
  const connections = [...state.connections]
  const tellServers = leaveServers(connections)
  for (const { client } of connections) client.destroy()
  return tellServers
}

function forget(state: LineState): () => void {
  const connections = [...state.connections]
  for (const connection of connections) connection.isForgotten = true
  return leaveServers(connections)
}
