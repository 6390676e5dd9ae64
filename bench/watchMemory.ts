import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { sessionsOf } from './runningSluice.ts'

/** In MB. */
export interface Memory {
  process: number
  sessions: number
}

const everyMs = 250

/**
 * Looks how much memory Sluice has until `end` is called, which returns when it was most: its process, all that is
 * resident; and the server's processes for its connections, what they have for themselves, without shared buffers.
 */
export function watchMemory(client: pg.Client, pid: number): { end: () => Promise<Memory> } {
  let most: Memory = { process: 0, sessions: 0 }
  let looking = Promise.resolve()
  const look = async () => {
    const sessions = await sessionsOf(client)
    const now = {
      process: megabytes(pid, 'VmRSS'),
      sessions: sessions.reduce((sum, session) => sum + megabytes(session.pid, 'RssAnon'), 0),
    }
    if (now.process + now.sessions > most.process + most.sessions) most = now
  }
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, everyMs)
  return {
    async end() {
      clearInterval(timer)
      await looking
      return most
    },
  }
}

/** A line of /proc's status in MB; 0 when the process has ended meanwhile. */
function megabytes(pid: number, name: 'VmRSS' | 'RssAnon'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]) / 1000
  } catch {
    return 0
  }
}
