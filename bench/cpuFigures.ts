import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { cpuSeconds } from './processFigures.ts'
import { sessionsOf, type RunningSluice } from './runningSluice.ts'

/** CPU seconds so far, by process. */
export interface CpuReading {
  ingester: number
  worker: number
  /** By the process of each session. */
  sessions: Map<number, { purpose: 'ingest' | 'refresh'; seconds: number }>
  /** All of PostgreSQL, sessions included. */
  server: number
}

/** CPU seconds between two readings. */
export interface CpuFigures {
  ingester: number
  'ingest session': number
  worker: number
  'refresh sessions': number
  server: number
}

export async function readCpu(
  client: pg.Client,
  { ingester, worker }: { ingester: RunningSluice; worker: RunningSluice },
): Promise<CpuReading> {
  const sessions = await sessionsOf(client)
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return {
    ingester: cpuSeconds(ingester.pid),
    worker: cpuSeconds(worker.pid),
    sessions: new Map(
      sessions.map(({ pid, purpose }) => [pid, { purpose, seconds: cpuSeconds(pid) }]),
    ),
    server: serverSeconds(parentOf(rows[0]!.pid)),
  }
}

export function cpuBetween(before: CpuReading, after: CpuReading): CpuFigures {
  const ofSessions = (wanted: string) => {
    let sum = 0
    for (const [pid, { purpose, seconds }] of after.sessions) {
      if (purpose === wanted) sum += seconds - (before.sessions.get(pid)?.seconds ?? 0)
    }
    return sum
  }
  return {
    ingester: after.ingester - before.ingester,
    'ingest session': ofSessions('ingest'),
    worker: after.worker - before.worker,
    'refresh sessions': ofSessions('refresh'),
    server: after.server - before.server,
  }
}

/** Of the server's first process and all its children, also of those that have ended. */
function serverSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  const [ofEnded, ofChildren] = [
    statOf(pid).endedSeconds,
    children.reduce((sum, child) => sum + secondsIfThere(Number(child)), 0),
  ]
  return cpuSeconds(pid) + ofEnded + ofChildren
}

function secondsIfThere(pid: number): number {
  try {
    return cpuSeconds(pid)
  } catch {
    return 0
  }
}

const parentOf = (pid: number): number => statOf(pid).parent

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: ppid, and cutime and cstime, of children that have ended */
function statOf(pid: number): { parent: number; endedSeconds: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return {
    parent: Number(fields[1]),
    endedSeconds: (Number(fields[13]) + Number(fields[14])) / 100,
  }
}
