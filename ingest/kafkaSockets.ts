import type { Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

/** The sockets of one client, which can be cut: kafkajs itself waits for the answers first, and keeps dead ones. */
export interface KafkaSockets {
  factory: ISocketFactory
  /** What waits for an answer fails at once; the next request connects anew, unless it is for good. */
  cut(this: void, forGood: boolean): void
}

export function createSockets(create: ISocketFactory): KafkaSockets {
  const sockets = new Set<Socket>()
  let isOver = false
  const end = (socket: Socket) => socket.destroy(new Error('Kafka does not answer'))
  return {
    factory(arguments_) {
      const socket = create(arguments_)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      // kafkajs listens for the error from the next tick on
      if (isOver) setImmediate(end, socket)
      return socket
    },
    cut(forGood) {
      isOver ||= forGood
      sockets.forEach(end)
    },
  }
}
