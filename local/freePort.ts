import { createServer } from 'node:net'

/** The wished port of 127.0.0.1 if it is free, else any that is. */
export async function freePort(wished?: number): Promise<number> {
  if (wished !== undefined) {
    const port = await tryPort(wished)
    if (port !== undefined) return port
  }
  const port = await tryPort(0)
  if (port === undefined) throw new Error('No port of 127.0.0.1 is free.')
  return port
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
