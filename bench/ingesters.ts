import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { projectFolder } from '../cli/projectFolder.ts'
import { cpuSeconds, peakMegabytes } from './processFigures.ts'

/** What ingesters did from the moment when the last of them had its partitions until all was stored. */
export interface Ingested {
  events: number
  seconds: number
  /** Of all of them together. */
  cpuSeconds: number
  /** Of the one that had most, since it began. */
  peakMegabytes: number
}

interface Ingester {
  pid: number
  hasBegun: boolean
  hasEnded: boolean
  /** When partitions were last assigned to it, in ms since 1970, and its CPU seconds at that time. */
  assignedAt: number | undefined
  cpuAtStart: number
  flushes: { at: number; rows: number }[]
  end(): Promise<void>
}

interface LogLine {
  time: string
  level: number
  msg: string
  rows?: number
  deadLetters?: number
  partitions?: string[] | number
}

/**
 * Starts `sluice ingest` so many times, as users do. Calls `begin` when they wait for a source, and ends them when
 * `events` are stored. Times are those of their own log: a flush counts once it is committed.
 */
export async function runIngesters(options: {
  url: string
  brokers: string[]
  groupId: string
  count: number
  events: number
  begin: () => Promise<unknown>
  env?: Record<string, string>
}): Promise<Ingested> {
  let changed: () => void = () => undefined
  const ingesters = Array.from({ length: options.count }, () => start(options, () => changed()))
  const until = async (isTrue: () => boolean) => {
    while (!isTrue()) {
      await new Promise<void>((resolve) => (changed = resolve))
      if (ingesters.some(({ hasEnded }) => hasEnded)) throw new Error('sluice ingest ended')
    }
  }
  const flushes = () => ingesters.flatMap((one) => one.flushes)
  try {
    await until(() => ingesters.every(({ hasBegun }) => hasBegun))
    await options.begin()
    await until(() => rowsOf(flushes()) >= options.events)
    const from = Math.max(...ingesters.map(({ assignedAt }) => assignedAt!))
    const counted = flushes().filter(({ at }) => at > from)
    return {
      events: rowsOf(counted),
      seconds: (Math.max(...counted.map(({ at }) => at)) - from) / 1000,
      cpuSeconds: ingesters.reduce((sum, one) => sum + cpuSeconds(one.pid) - one.cpuAtStart, 0),
      peakMegabytes: Math.max(...ingesters.map(({ pid }) => peakMegabytes(pid))),
    }
  } finally {
    await Promise.all(ingesters.map((one) => one.end()))
  }
}

const warning = 40
const rowsOf = (flushes: Ingester['flushes']) => flushes.reduce((sum, { rows }) => sum + rows, 0)

function start(
  { url, brokers, groupId, env }: Parameters<typeof runIngesters>[0],
  changed: () => void,
): Ingester {
  const child = spawn(process.execPath, [join(projectFolder, 'cli/sluice.mjs'), 'ingest'], {
    env: {
      ...process.env,
      DATABASE_URL: url,
      KAFKA_BROKERS: brokers.join(','),
      SLUICE_GROUP_ID: groupId,
      SLUICE_LOG_LEVEL: 'info',
      // any free one: opening it is what an ingester logs first
      SLUICE_HTTP_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const ingester: Ingester = {
    pid: child.pid!,
    hasBegun: false,
    hasEnded: false,
    assignedAt: undefined,
    cpuAtStart: 0,
    flushes: [],
    async end() {
      child.kill('SIGTERM')
      await exited
    },
  }
  const exited = once(child, 'exit').then(() => {
    ingester.hasEnded = true
    changed()
  })
  createInterface(child.stderr).on('line', (text) => {
    const line = (text.startsWith('{') ? JSON.parse(text) : { level: warning }) as LogLine
    if (line.level >= warning) console.error(text)
    const at = Date.parse(line.time)
    if (line.msg === 'endpoints open') ingester.hasBegun = true
    if (line.msg === 'partitions assigned') {
      ingester.assignedAt = at
      ingester.cpuAtStart = cpuSeconds(ingester.pid)
    }
    if (line.msg === 'batch stored') {
      ingester.flushes.push({ at, rows: line.rows! + (line.deadLetters ?? 0) })
    }
    changed()
  })
  return ingester
}
