import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { shownPath } from '../../local/shownPath.ts'
import { connect } from '../database.ts'
import { isFound } from '../runningDemo.ts'
import { aborted } from '../stopSignal.ts'
import { UserError } from '../userError.ts'
import { fullNote, gigabyte, keepWithin } from './bounds.ts'
import { startChild, type Child } from './children.ts'
import { demoLog } from './demoLog.ts'
import { topicsOf } from './domains.ts'
import { draw } from './draw.ts'
import { generatorArguments } from './generator.ts'
import type { Screen } from './screen.ts'
import { settle } from './settle.ts'
import type { Stack } from './start.ts'

export interface Show {
  domains: string[]
  rate: string
  seed: string
  /** Of a finite run; with `exit`, it ends when they are in every model. */
  events?: string
  exit?: boolean
  /** The data folder. */
  data: string
  /** Gigabytes that the database may grow to. */
  limit: string
  grafanaNote: string | undefined
  stack: Stack
  screen: Screen
  signal: AbortSignal
  onStarted: (stop: () => Promise<void>) => void
}

/** Runs ingester, worker and generator, and shows what comes of it, until the signal or the end of a finite run. */
export async function show(given: Show): Promise<void> {
  const { domains, stack, screen, signal, onStarted } = given
  const client = await connect(stack.configFor('analyst'), 'demo', 'analyst')
  onStarted(() => client.end())
  const log = demoLog(stack, client, topicsOf(domains))
  await log.removeTaken?.()
  const before = await log.ends()
  const startedAt = performance.now()

  const logsFolder = join(given.data, 'logs')
  const child = (name: string, args: string[], role: Parameters<Stack['environmentFor']>[0]) => {
    const logFile = join(logsFolder, `${name}.log`)
    const output = name === 'generate' ? log.output : undefined
    const started = startChild(name, args, { env: stack.environmentFor(role), logFile, output })
    onStarted(() => started.stop())
    return started
  }
  const ingest = child('ingest', ['ingest'], 'sluice_ingest')
  const refresh = child('refresh', ['refresh'], 'sluice_refresh')
  const generator = child('generate', generatorArguments(given, log), 'analyst')

  const stop = new AbortController()
  const ending = AbortSignal.any([signal, stop.signal])
  let dead: Process | undefined
  let isFull = false
  const end = (one: Process) => {
    if (ending.aborted) return
    dead = one
    stop.abort()
  }
  const servers = serversOf(stack).map((server) => server.ended.then(() => end(server)))
  // without its server a process of ours ends, too, and may be seen first
  const serverEnds = () => Promise.race([...servers, wait(1000)])
  const watch = (one: Child, isExpected: (code: number | null) => boolean) =>
    void one.ended.then(async (code) => {
      if (ending.aborted || isExpected(code)) return
      await serverEnds()
      end({ ...one, name: `The process ${one.name}` })
    })
  for (const one of [ingest, refresh]) watch(one, () => false)
  watch(generator, (code) => isFull || (given.events !== undefined && code === 0))
  const drawing = draw(stack, domains, screen, notesFor(given, log.note), ending)
  const bounding = given.exit
    ? undefined
    : keepWithin({
        ...{ client, log, logsFolder, generator, signal: ending },
        databaseBytes: Number(given.limit) * gigabyte,
        onFull(bytes) {
          isFull = true
          screen.say(fullNote(bytes, given.data))
        },
      })
  let outcome: number | undefined
  try {
    if (given.exit) {
      const worker = await connect(stack.configFor('sluice_refresh'), 'demo', 'sluice_refresh')
      onStarted(() => worker.end())
      const run = { client, worker, log, domains, before, startedAt, generator, screen }
      outcome = await settle({ ...run, signal: ending })
    } else {
      await aborted(ending)
    }
  } catch (error) {
    await serverEnds()
    if (!dead) throw error
  } finally {
    stop.abort()
    await drawing
    await bounding
  }
  if (dead) throw endedByItself(dead)
  if (outcome !== undefined) process.exitCode = outcome
}

/** What must run as long as the demo does. */
interface Process {
  name: string
  logFile: string
}

function serversOf({ postgres, kafka }: Stack): (Process & { ended: Promise<void> })[] {
  const named = [
    { ...postgres, name: `PostgreSQL ${postgres.version}` },
    ...(kafka ? [{ ...kafka, name: `Kafka ${kafka.version}` }] : []),
  ]
  return named.flatMap(({ name, logFile, ended }) =>
    logFile !== undefined && ended ? [{ name, logFile, ended }] : [],
  )
}

const endedByItself = ({ name, logFile }: Process) =>
  new UserError(`${name} ended by itself. Its log: ${shownPath(logFile)}`)

function notesFor({ stack, grafanaNote, data }: Show, logNote: string): string[] {
  const server = isFound(data) ? '' : `DATABASE_URL='${stack.postgres.urlFor('sluice_owner')}' `
  return [
    `psql     psql '${stack.postgres.urlFor('analyst')}'`,
    ...(grafanaNote === undefined ? [] : [`Grafana  ${grafanaNote}`]),
    logNote,
    `models   write views/<domain>/gold/<metric>.sql, then: ${server}npx sluice apply`,
    `logs     ${shownPath(join(data, 'logs'))}`,
    'Ctrl-C stops everything.',
  ]
}
