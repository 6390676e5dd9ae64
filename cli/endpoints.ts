import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { DatabaseProbe } from './databaseProbe.ts'
import type { Readiness } from './readiness.ts'
import { UserError } from './userError.ts'

/** A loop as the endpoints see it. */
export interface WatchedLoop {
  name: string
  readiness: Readiness
  /** It has ended by an error, which nothing will mend. */
  hasFailed: boolean
}

export interface EndpointOptions {
  port: number
  host: string
  registry: Registry
  probe: DatabaseProbe
  /** Those that have begun. */
  loops: WatchedLoop[]
  logger: Logger
  /** The process has been told to stop. */
  signal: AbortSignal
}

interface Answer {
  status: number
  text: string
  type?: string
}

/**
 * Serves /livez, /readyz and /metrics until closed. Throws a UserError when it can't listen there.
 * Returns the function that closes it.
 */
export async function openEndpoints(options: EndpointOptions): Promise<() => Promise<void>> {
  const { port, host, logger } = options
  const server = createServer((request, response) => void respond(options, request, response))
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    throw new UserError(
      `Can't listen on SLUICE_HTTP_HOST=${host}, SLUICE_HTTP_PORT=${port}: ${(error as Error).message}. ` +
        'Each process needs a port of its own; 0 takes any free one.',
      { cause: error },
    )
  }
  logger.info({ url: urlOf(server) }, 'endpoints open')
  return async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

async function respond(
  options: EndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, text, type } = await answerTo(options, request).catch((error: unknown) => ({
    status: 500,
    text: String(error),
    type: undefined,
  }))
  response.writeHead(status, {
    'content-type': type ?? 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(request.method === 'HEAD' ? undefined : text)
}

async function answerTo(
  { registry, probe, loops, signal }: EndpointOptions,
  { method, url }: IncomingMessage,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'Only GET and HEAD.\n' }
  switch (url?.split('?')[0]) {
    case '/livez':
      return verdict(loops.filter((loop) => loop.hasFailed).map(({ name }) => `${name}: has ended`))
    case '/readyz':
      return verdict(signal.aborted ? ['stopping'] : await reasonsAgainst(loops, probe))
    case '/metrics':
      return { status: 200, text: await registry.metrics(), type: registry.contentType }
    default:
      return { status: 404, text: 'There are /livez, /readyz and /metrics.\n' }
  }
}

async function reasonsAgainst(loops: WatchedLoop[], probe: DatabaseProbe): Promise<string[]> {
  const database = await probe.ask()
  const told = loops.flatMap(({ name, readiness }) =>
    readiness.reasons().map((reason) => `${name}: ${reason}`),
  )
  if (loops.length === 0) told.push('starting')
  return database === undefined ? told : [`database: ${database}`, ...told]
}

const verdict = (reasons: string[]): Answer =>
  reasons.length === 0
    ? { status: 200, text: 'ok\n' }
    : { status: 503, text: reasons.map((reason) => `${reason}\n`).join('') }
