import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { atEnd } from '../support/cleanUp.ts'

export interface Line {
  /** The address, with the line in between. */
  through(this: void, url: string): string
  /** From now on nothing that is sent over the connections there are arrives; new ones are not held. */
  hold(this: void): void
  /** What was held back arrives. */
  release(this: void): void
}

/** A TCP line to the server of a URL that can fall silent, as a network does: neither side is told. */
export async function lineTo(url: string): Promise<Line> {
  const { hostname, port } = new URL(url)
  const callers = new Set<Socket>()
  const ends = new Set<Socket>()
  const server = createServer((caller) => {
    const called = connect(Number(port), hostname)
    callers.add(caller)
    for (const [end, other] of [
      [caller, called],
      [called, caller],
    ] as const) {
      ends.add(end)
      end.on('error', () => undefined)
      end.on('data', (bytes) => other.write(bytes))
      end.on('end', () => other.end())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(() => {
    server.close()
    for (const end of ends) end.destroy()
  })
  const here = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    through: (address) => address.replace(`${hostname}:${port}`, here),
    hold: () => callers.forEach((caller) => caller.pause()),
    release: () => callers.forEach((caller) => caller.resume()),
  }
}
